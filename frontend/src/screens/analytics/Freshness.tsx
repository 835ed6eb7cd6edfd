import { RotateCw } from "lucide-react";
import { Link } from "react-router";
import { useMay } from "@/api/profile";
import type { Schema } from "@/api/client";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ErrorPanel } from "@/ui/States";
import { Time } from "@/ui/Time";
import type { Refresh, useRefresh } from "./useRefresh";

/** How old the figures are, and whether something has changed since. */
export function Age({ view }: { view: Pick<Schema<"ViewData">, "as_of" | "stale"> }) {
  if (!view.as_of) return <Badge tone="warn">Never refreshed</Badge>;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <span>
        As of <Time value={view.as_of} />
      </span>
      {view.stale ? <Badge tone="warn">Stale: changed since</Badge> : <Badge tone="good">Up to date</Badge>}
    </span>
  );
}

type Refreshing = ReturnType<typeof useRefresh>;

export const RefreshButton = ({ refreshing }: { refreshing: Refreshing }) => (
  <Button icon={RotateCw} busy={refreshing.busy} onClick={refreshing.start}>
    Refresh
  </Button>
);

/** What became of the refresh that was asked for. */
export function Told({ refreshing: { refresh, error } }: { refreshing: Refreshing }) {
  const mayLook = useMay()("job.read");
  if (error) return <ErrorPanel error={error} />;
  return (
    <p role="status" className="text-sm text-muted empty:hidden">
      {refresh && toldOf(refresh)}
      {refresh && refresh.state !== "completed" && mayLook && (
        <>
          {" "}
          <Link to={`/jobs/${refresh.job}`} className="text-accent underline underline-offset-2">
            Job {refresh.job}
          </Link>
        </>
      )}
    </p>
  );
}

function toldOf({ state, changed, milliseconds, error }: Refresh): string {
  if (state === "completed" && !changed) return "Nothing changed since the last refresh.";
  if (state === "completed") return milliseconds ? `Refreshed in ${milliseconds} ms.` : "Refreshed.";
  if (state === "active") return "Refreshing.";
  if (state === "waiting") return "Waiting for a worker.";
  if (state === "delayed") return "It did not work; it is tried again soon.";
  if (state === "cancelled") return "The refresh was cancelled.";
  return `The refresh failed: ${error ?? "no reason was given"}.`;
}
