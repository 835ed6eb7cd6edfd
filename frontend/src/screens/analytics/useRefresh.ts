import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { Problem } from "@/api/problem";
import type { LiveEvent } from "@/api/live";
import { useLiveEvents } from "@/api/useLive";

type Job = Schema<"Job">;

export interface Refresh {
  job: number;
  state: string;
  /** Whether it has ended; then also whether it found something new, and what went wrong. */
  over: boolean;
  changed: boolean;
  milliseconds: number | null;
  error: string | null;
}

const POLL_MS = 700;
const ENDED = ["completed", "failed", "cancelled"];
const JOB_TYPE = "refresh-materialized-views";

/** Asks for a refresh of a view and follows its job to the end, after which the figures are asked for again. */
export function useRefresh(view: string) {
  const client = useQueryClient();
  const [job, setJob] = useState<Job | null>(null);
  const start = useAct(
    async () => unwrap(await api.POST("/views/{name}/refresh", { params: { path: { name: view } } })),
    { onDone: setJob },
  );
  const { data, error } = useQuery({
    queryKey: ["refresh", job?.id],
    queryFn: () => (job ? standOf(job, view) : null),
    enabled: job !== null,
    refetchInterval: ({ state }) => (state.data?.over ? false : POLL_MS),
  });
  const over = data?.over ?? false;
  useEffect(() => {
    if (over) void client.invalidateQueries({ queryKey: ["views"] });
  }, [over, client]);
  useLiveEvents(
    useCallback(
      (event: LiveEvent) => {
        if (event.type === JOB_TYPE && event.to_state === "completed")
          void client.invalidateQueries({ queryKey: ["views"] });
      },
      [client],
    ),
  );
  return {
    start: () => start.mutate(undefined),
    busy: start.isPending || (job !== null && !over && !error),
    refresh: data ?? null,
    error,
  };
}

async function standOf(started: Job, view: string): Promise<Refresh> {
  try {
    const { job } = unwrap(await api.GET("/jobs/{id}", { params: { path: { id: started.id } } }));
    return {
      job: job.id,
      state: job.state,
      over: ENDED.includes(job.state),
      changed: job.result?.changed === true,
      milliseconds: Number(job.result?.milliseconds ?? 0) || null,
      error: job.state === "failed" ? (job.error ?? job.reason) : null,
    };
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return byView(started, view);
    throw error;
  }
}

/** Somebody else had asked already, and their job is not in sight: the view itself tells when it was looked after. */
async function byView(started: Job, name: string): Promise<Refresh> {
  const { items } = unwrap(await api.GET("/views"));
  const view = items.find((one) => one.name === name);
  const since = (at: string | null | undefined) => at != null && at >= started.created_at;
  const over = since(view?.checked_at);
  return {
    job: started.id,
    state: over ? "completed" : "waiting",
    over,
    changed: since(view?.as_of),
    milliseconds: view?.milliseconds ?? null,
    error: null,
  };
}
