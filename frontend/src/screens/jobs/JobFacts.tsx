import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { useMay } from "@/api/profile";
import { duration } from "@/lib/time";
import { KeyValue } from "@/ui/Facts";
import { Time } from "@/ui/Time";
import { typeWords, type Job } from "./jobWords";

const Go = ({ to, children }: { to: string; children: ReactNode }) => (
  <Link to={to} className="text-accent underline underline-offset-2">
    {children}
  </Link>
);

/** By whom, for which drive, when, how often tried, and what it belongs to. */
export function JobFacts({ job }: { job: Job }) {
  const may = useMay();
  const took =
    job.started_at && job.finished_at
      ? duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000)
      : null;
  return (
    <KeyValue
      items={[
        ["Type", <Go to={`/jobs?type=${encodeURIComponent(job.type)}`}>{typeWords(job.type)}</Go>],
        ["Drive", job.drive_id === null ? null : <DriveLink id={job.drive_id} />],
        ["Asked for by", <Go to={`/jobs?by=${encodeURIComponent(job.created_by)}`}>{job.created_by}</Go>],
        ["Asked for", <Time value={job.created_at} />],
        ["Began", job.started_at && <Time value={job.started_at} />],
        ["Ended", job.finished_at && <Time value={job.finished_at} />],
        ["Took", took],
        ["Next try", job.run_at && <Time value={job.run_at} />],
        ["Cancel asked for", job.cancel_requested_at && <Time value={job.cancel_requested_at} />],
        ["Attempts", String(job.attempt)],
        ["Errors", job.failures ? `${job.failures} of 3` : "none"],
        ["Lost workers", job.crashes ? `${job.crashes} of 3` : "none"],
        ["Worker", job.worker_id === null ? null : <Worker id={job.worker_id} linked={may("queue.read")} />],
        [
          "Asked for by job",
          job.parent_id === null ? null : <Go to={`/jobs/${job.parent_id}`}>{job.parent_id}</Go>,
        ],
        ["Request", job.request_id && <Request id={job.request_id} linked={may("audit.read")} />],
      ]}
    />
  );
}

function DriveLink({ id }: { id: number }) {
  const may = useMay();
  const drive = useQuery({
    queryKey: ["drive", "name", id],
    queryFn: async () =>
      unwrap(await api.GET("/drives/{ref}", { params: { path: { ref: String(id) } } })).drive,
    enabled: may("drive.read"),
    staleTime: 60_000,
    retry: false,
  });
  const name = drive.data ? `${drive.data.code}: ${drive.data.company} · ${drive.data.title}` : `Drive ${id}`;
  return <Go to={`/drives/${id}`}>{name}</Go>;
}

const Worker = ({ id, linked }: { id: number; linked: boolean }) =>
  linked ? <Go to="/workers">{id}</Go> : <>{id}</>;

function Request({ id, linked }: { id: string; linked: boolean }) {
  const text = <span className="font-mono text-xs break-all">{id}</span>;
  return linked ? <Go to={`/audit?request=${encodeURIComponent(id)}`}>{text}</Go> : text;
}
