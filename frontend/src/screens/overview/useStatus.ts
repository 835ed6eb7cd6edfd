import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api/client";
import { useLive } from "@/api/useLive";

export type Status = Schema<"Status">;

const LOOK_MS = 10_000;

/** The installation as `placeops status` shows it; the queue in it as new as the stream tells it. */
export function useStatus() {
  const { mode, overview } = useLive();
  const asked = useQuery({
    queryKey: ["status"],
    queryFn: async () => unwrap(await api.GET("/status")),
    refetchInterval: mode === "paused" ? false : LOOK_MS,
    meta: { live: true },
  });
  const queue = overview?.queue;
  if (!asked.data || !queue || queue.as_of <= asked.data.queue.as_of) return asked;
  return { ...asked, data: { ...asked.data, queue } };
}
