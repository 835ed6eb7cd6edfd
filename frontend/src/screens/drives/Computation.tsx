import { Calculator } from "lucide-react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { useMayOn } from "@/api/profile";
import { counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { useDriveJobs } from "./DriveJobs";
import { JobNote } from "./JobNote";

interface ComputationProps {
  drive: Schema<"Drive">;
  summary: Schema<"EligibilitySummary">;
}

/** How old the stored verdicts are, the button that computes them anew, and the job that does. */
export function Computation({ drive, summary }: ComputationProps) {
  const may = useMayOn(drive);
  const jobs = useDriveJobs(drive.id, { type: "eligibility-filter", limit: 1 });
  const [newest] = jobs.data ?? [];
  const compute = useAct(
    async () =>
      unwrap(await api.POST("/drives/{ref}/eligibility", { params: { path: { ref: String(drive.id) } } })),
    {
      done: (job) => `Job ${job.id} computes who is eligible`,
      invalidates: [["jobs"], ["drives", drive.id]],
    },
  );
  const running = newest && (newest.state === "active" || newest.state === "waiting");
  const word = summary.computed_at ? "Recompute" : "Compute";
  return (
    <Panel
      title="Stored verdicts"
      actions={
        <>
          <CopyCli command={cli("drive", "eligible", drive.code)} />
          {may("drive.write") && (
            <Button
              size="small"
              kind={summary.stale ? "primary" : "secondary"}
              icon={Calculator}
              busy={compute.isPending || running}
              onClick={() => compute.mutate(undefined)}
            >
              {running ? "Computing" : `${word} eligibility`}
            </Button>
          )}
        </>
      }
    >
      <div className="space-y-3">
        <p>
          {summary.computed_at ? (
            <>
              Computed <Time value={summary.computed_at} /> for version {summary.criteria_version} of the
              criteria.
            </>
          ) : (
            `Never computed for version ${summary.criteria_version} of the criteria.`
          )}{" "}
          {summary.computed_at &&
            (summary.stale ? (
              <span className="text-warn">
                The data has changed since: {counted(summary.outdated, "verdict")} no longer{" "}
                {summary.outdated === 1 ? "holds" : "hold"}.
              </span>
            ) : (
              "They hold for the data of today."
            ))}
        </p>
        <p className="text-xs text-muted">
          The figures here and each registration follow the data of today. Stored verdicts are for analytics,
          and for drives that publish by themselves.
        </p>
        {newest && <JobNote key={newest.id} id={newest.id} />}
      </div>
    </Panel>
  );
}
