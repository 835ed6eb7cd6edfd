import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { Panel } from "@/ui/Panel";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { outcomeWords } from "../jobs/jobWords";

const SHOWN = 5;

/** The newest jobs that wait for somebody to retry or cancel them. */
export function LastFailures() {
  const { data, error, refetch } = useQuery({
    queryKey: ["jobs", "failures"],
    queryFn: async () =>
      unwrap(await api.GET("/jobs", { params: { query: { state: "failed", limit: SHOWN } } })).items,
    meta: { live: true },
  });
  return (
    <Panel
      title="Last failures"
      flush
      actions={
        <Link to="/jobs?state=failed" className="text-sm text-accent underline underline-offset-2">
          All failed jobs
        </Link>
      }
    >
      {error && !data && (
        <div className="p-4">
          <ErrorPanel error={error} retry={() => void refetch()} />
        </div>
      )}
      {!data && !error && <Skeleton />}
      {data?.length === 0 && <p className="px-4 py-6 text-muted">No job waits for a decision.</p>}
      <ul className="divide-y divide-line">
        {data?.map((job) => (
          <li key={job.id} className="px-4 py-2.5">
            <div className="flex items-baseline justify-between gap-3">
              <Link to={`/jobs/${job.id}`} className="min-w-0 font-medium underline-offset-2 hover:underline">
                {job.about}
              </Link>
              <span className="shrink-0 text-xs text-muted">
                <Time value={job.finished_at} />
              </span>
            </div>
            <p className="line-clamp-2 text-sm break-words text-bad">{outcomeWords(job)}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
