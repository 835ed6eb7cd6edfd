import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { StateBadge } from "@/ui/Badge";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { outcomeWords, stateWords } from "../jobs/jobWords";

const SHOWN = 5;

/** The newest jobs of a drive, of one type only where it is named. */
export function useDriveJobs(id: number, { type, limit = SHOWN }: { type?: string; limit?: number } = {}) {
  return useQuery({
    queryKey: ["jobs", "of drive", id, type, limit],
    queryFn: async () =>
      unwrap(await api.GET("/jobs", { params: { query: { drive: String(id), type, limit } } })).items,
    meta: { live: true },
  });
}

/** What ran in the background for this drive, newest first. */
export function DriveJobs({ id }: { id: number }) {
  const { data, error, refetch } = useDriveJobs(id);
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} className="p-0!" />;
  if (!data.length) return <p className="text-muted">Nothing has run for this drive yet.</p>;
  return (
    <>
      <ul className="space-y-2.5">
        {data.map((job) => (
          <li key={job.id}>
            <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
              <Link to={`/jobs/${job.id}`} className="font-medium underline-offset-2 hover:underline">
                {job.about}
              </Link>
              <StateBadge state={job.state} label={stateWords(job.state)} />
            </p>
            <p className="text-xs text-muted">
              <Time value={job.finished_at ?? job.created_at} /> {outcomeWords(job)}
            </p>
          </li>
        ))}
      </ul>
      {data.length === SHOWN && (
        <p className="mt-3 text-xs">
          <Link to={`/jobs?drive=${id}`} className="text-accent underline underline-offset-2">
            All jobs of this drive
          </Link>
        </p>
      )}
    </>
  );
}
