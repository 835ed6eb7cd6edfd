import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { api, unwrap } from "@/api/client";
import { useLive } from "@/api/useLive";
import { oneOf, useFilters } from "@/lib/filters";
import { count } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { CopyCli } from "@/ui/CopyCli";
import { Panel } from "@/ui/Panel";
import { Segments } from "@/ui/Segments";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { ThroughputTable } from "./ThroughputTable";

const Chart = lazy(() => import("./ThroughputChart"));

const WINDOWS = ["1h", "24h", "7d"] as const;
const LABELS = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days" };

/** How many jobs ended when and how, as a chart with a table behind it. */
export function ThroughputPanel() {
  const { get, set } = useFilters();
  const { mode } = useLive();
  const span = oneOf(get("window"), WINDOWS) ?? "1h";
  const { data, error, refetch } = useQuery({
    queryKey: ["throughput", span],
    queryFn: async () => unwrap(await api.GET("/queues/throughput", { params: { query: { window: span } } })),
    placeholderData: keepPreviousData,
    refetchInterval: mode === "paused" ? false : 30_000,
    meta: { live: true },
  });
  const sum = (what: "completed" | "failed" | "cancelled") =>
    data?.buckets.reduce((total, bucket) => total + bucket[what], 0);
  return (
    <Panel
      title="Throughput and failures"
      actions={
        <>
          <Segments
            label="Window"
            options={WINDOWS.map((value) => ({ value, label: LABELS[value] }))}
            value={span}
            onChange={(value) => set({ window: value === "1h" ? null : value })}
          />
          <CopyCli command={cli("queue", "throughput", "--window", span)} />
        </>
      }
    >
      {error && !data && <ErrorPanel error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={6} />}
      {data && (
        <>
          <p className="mb-2 text-sm text-muted">
            {count(sum("completed"))} completed,{" "}
            <span className="text-bad">{count(sum("failed"))} failed</span>, {count(sum("cancelled"))}{" "}
            cancelled in the last {LABELS[span].replace(/^1 /, "")}
          </p>
          <Suspense fallback={<Skeleton lines={6} />}>
            <Chart data={data} />
          </Suspense>
          <ThroughputTable data={data} />
        </>
      )}
    </Panel>
  );
}
