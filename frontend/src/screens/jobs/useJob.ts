import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "@/api/client";
import type { LiveEvent } from "@/api/live";
import { useLive } from "@/api/useLive";
import { isFinished } from "./jobWords";

const PROGRESS_MS = 1_500;

/** One job and its story, kept up to date: transitions by its own stream, progress by asking until it ends. */
export function useJob(id: number) {
  const { mode } = useLive();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["job", id],
    queryFn: async () => unwrap(await api.GET("/jobs/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) =>
      mode !== "paused" && state.data && !isFinished(state.data.job.state) ? PROGRESS_MS : false,
    meta: { live: true },
  });
  const open = query.data !== undefined && !isFinished(query.data.job.state);
  const attempt = query.data?.job.attempt;
  useEffect(() => {
    if (!open || mode === "paused") return undefined;
    const source = new EventSource(`/jobs/${id}/events`);
    source.addEventListener("job", (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as LiveEvent;
      // A finished job's stream ends, and a browser would open it again and again.
      if (isFinished(event.to_state) && event.attempt >= (attempt ?? 0)) source.close();
      void client.invalidateQueries({ queryKey: ["job", id] });
    });
    return () => source.close();
  }, [open, mode, id, attempt, client]);
  return query;
}
