import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api/client";
import { useLive } from "@/api/useLive";

export type TypeStats = Schema<"TypeStats">;

/** All types of jobs: as the stream tells them, or as they were last asked for, whichever is newer. */
export function useQueues() {
  const { overview } = useLive();
  const asked = useQuery({
    queryKey: ["queues"],
    queryFn: async () => unwrap(await api.GET("/queues")),
    meta: { live: true },
  });
  const told = overview?.queue;
  const newer = told && (!asked.data || told.as_of > asked.data.as_of);
  return { ...asked, data: newer ? told : asked.data };
}
