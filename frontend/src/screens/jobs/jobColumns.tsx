import { duration } from "@/lib/time";
import { StateBadge } from "@/ui/Badge";
import type { Column } from "@/ui/DataTable";
import { Time } from "@/ui/Time";
import { outcomeWords, stateWords, typeWords, type Job } from "./jobWords";

const span = (from: string, to: string): string =>
  duration((new Date(to).getTime() - new Date(from).getTime()) / 1000);

/** How long it took, or since when it waits or runs. */
function Took({ job }: { job: Job }) {
  if (job.finished_at && job.started_at) return <>{span(job.started_at, job.finished_at)}</>;
  if (job.state === "active") {
    return (
      <>
        begun <Time value={job.started_at} />
      </>
    );
  }
  if (job.state === "delayed") {
    return (
      <>
        again <Time value={job.run_at} />
      </>
    );
  }
  return <span className="text-muted">–</span>;
}

export const JOB_COLUMNS: Column<Job>[] = [
  {
    id: "about",
    header: "Job",
    primary: true,
    cell: (job) => (
      <span className="block sm:min-w-52">
        {job.about}
        <span className="block text-xs font-normal text-muted">
          #{job.id} · {typeWords(job.type)}
        </span>
      </span>
    ),
  },
  {
    id: "state",
    header: "State",
    cell: (job) => <StateBadge state={job.state} label={stateWords(job.state)} />,
  },
  {
    id: "outcome",
    header: "What came of it",
    cell: (job) => (
      <span
        className={job.state === "failed" ? "line-clamp-2 break-words text-bad" : "line-clamp-2 break-words"}
      >
        {outcomeWords(job) || <span className="text-muted">–</span>}
      </span>
    ),
  },
  {
    id: "tries",
    header: "Attempts",
    align: "right",
    cell: (job) => (
      <>
        {job.attempt}
        {job.failures + job.crashes > 0 && (
          <span className="block text-xs whitespace-nowrap text-muted">
            {[job.failures && `${job.failures} failed`, job.crashes && `${job.crashes} lost`]
              .filter(Boolean)
              .join(", ")}
          </span>
        )}
      </>
    ),
  },
  {
    id: "by",
    header: "Asked for",
    cell: (job) => (
      <>
        <Time value={job.created_at} />
        <span className="block max-w-48 truncate text-xs text-muted" title={job.created_by}>
          by {job.created_by}
        </span>
      </>
    ),
  },
  {
    id: "took",
    header: "Took",
    align: "right",
    cell: (job) => (
      <span className="whitespace-nowrap">
        <Took job={job} />
      </span>
    ),
  },
];
