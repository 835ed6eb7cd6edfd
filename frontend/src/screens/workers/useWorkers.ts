import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api/client";
import { useLive } from "@/api/useLive";

export type Worker = Schema<"WorkerProcess">;

/** The living first, the newest of them before the others. */
const sorted = (workers: readonly Worker[]): Worker[] =>
  [...workers].sort(
    (one, other) => Number(other.state === "alive") - Number(one.state === "alive") || other.id - one.id,
  );

/** The processes; living ones as the stream tells them. With `all` those too that ended within a day. */
export function useWorkers(all: boolean) {
  const { overview, mode } = useLive();
  const asked = useQuery({
    queryKey: ["workers", { all }],
    queryFn: async () => sorted(unwrap(await api.GET("/workers", { params: { query: { all } } })).items),
    refetchInterval: mode === "paused" ? false : 10_000,
    placeholderData: keepPreviousData,
    meta: { live: true },
  });
  const living = mode === "live" ? overview?.workers : undefined;
  if (!living || !asked.data) return asked;
  const fresh = new Map(living.map((worker) => [worker.id, worker]));
  const known = asked.data
    .map((worker) => fresh.get(worker.id) ?? worker)
    .filter((worker) => all || fresh.has(worker.id));
  const added = living.filter((worker) => !asked.data.some(({ id }) => id === worker.id));
  return { ...asked, data: sorted([...added, ...known]) };
}
