import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api/client";
import { count, percent } from "@/lib/numbers";
import { Stat, StatRow } from "@/ui/Facts";
import { ErrorPanel, Skeleton } from "@/ui/States";

type Stats = Schema<"DriveStats">;

/** How many students came how far, counted now. */
export function Funnel({ id }: { id: number }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["drives", id, "stats"],
    queryFn: async () =>
      unwrap(await api.GET("/drives/{ref}/stats", { params: { path: { ref: String(id) } } })),
    meta: { live: true },
  });
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={2} />;
  return <Figures stats={data} />;
}

function Figures({ stats }: { stats: Stats }) {
  const of = (part: number, whole: number | null, name: string) =>
    whole ? `${percent(part, whole)} of ${name}` : undefined;
  return (
    <StatRow>
      <Stat
        label="Eligible"
        value={count(stats.eligible)}
        about={stats.eligible === null ? "not computed yet" : undefined}
      />
      <Stat label="Selected" value={count(stats.selected)} />
      <Stat
        label="Registered"
        value={count(stats.registered)}
        about={
          stats.withdrawn > 0
            ? `${count(stats.withdrawn)} withdrawn`
            : of(stats.registered, stats.selected, "selected")
        }
      />
      <Stat
        label="Attended"
        value={count(stats.attended)}
        about={stats.no_show > 0 ? `${count(stats.no_show)} did not come` : undefined}
      />
      <Stat
        label="Offered"
        value={count(stats.offered)}
        about={of(stats.offered, stats.attended, "attended")}
      />
      <Stat
        label="Accepted"
        value={count(stats.accepted)}
        about={of(stats.accepted, stats.offered, "offered")}
      />
    </StatRow>
  );
}
