import { useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert, X } from "lucide-react";
import { useEffect } from "react";
import { Link } from "react-router";
import { api, unwrap, type Schema } from "@/api/client";
import { bytes, count, counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { DownloadButton } from "../../exports/DownloadButton";
import { presetLabel } from "../../exports/words";
import { useJob } from "../../jobs/useJob";

type Export = Schema<"Export">;
type Job = Schema<"Job">;

const ASK_MS = 1_000;

/** Follows one requested export until its file can be saved, and tells what whoever opens it should know. */
export function ExportProgress({ id, onClose }: { id: number; onClose: () => void }) {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ["exports", id],
    queryFn: async () => unwrap(await api.GET("/exports/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.state === "pending" ? ASK_MS : false),
    meta: { live: true },
  });
  const state = data?.state;
  useEffect(() => {
    if (!state || state === "pending") return;
    void client.invalidateQueries({ queryKey: ["exports"], predicate: ({ queryKey }) => queryKey[1] !== id });
  }, [client, id, state]);
  if (error) return <ErrorPanel error={error} />;
  if (!data) return <Skeleton lines={2} />;
  return data.job_id ? (
    <WithJob of={data} jobId={data.job_id} onClose={onClose} />
  ) : (
    <Told of={data} onClose={onClose} />
  );
}

interface ToldProps {
  of: Export;
  job?: Job;
  onClose: () => void;
}

function WithJob({ jobId, ...rest }: ToldProps & { jobId: number }) {
  const { data } = useJob(jobId);
  return <Told {...rest} job={data?.job} />;
}

function Told({ of, job, onClose }: ToldProps) {
  return (
    <section aria-label={`Export ${of.id}`} className="rounded-lg border border-line bg-surface p-4">
      <div className="flex items-start justify-between gap-2">
        <div className="min-w-0 space-y-1" role="status">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            {presetLabel(of.preset)}{" "}
            <StateBadge state={STATES[of.state] ?? of.state} label={LABELS[of.state]} />
          </p>
          <Progress of={of} job={job} />
        </div>
        <div className="-mt-1.5 -mr-2 flex items-center gap-1">
          <CopyCli command={cli("export", "download", of.id)} />
          <IconButton label="Put this away" icon={X} onClick={onClose} />
        </div>
      </div>
      {warningsOf(job).map((warning) => (
        <p key={warning} className="mt-2 flex gap-2 rounded-md bg-warn-soft px-3 py-2 text-warn">
          <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
          <span>
            {warning}. {of.format === "csv" && "An Excel workbook (.xlsx) keeps them as they are."}
          </span>
        </p>
      ))}
      {of.state === "ready" && (
        <div className="mt-3">
          <DownloadButton of={of} primary />
        </div>
      )}
    </section>
  );
}

const STATES: Record<string, string> = { pending: "active", ready: "completed" };
const LABELS: Record<string, string> = {
  pending: "Being written",
  ready: "Ready",
  failed: "Failed",
  expired: "Expired",
};

function Progress({ of, job }: { of: Export; job: Job | undefined }) {
  if (of.state === "ready") {
    return (
      <p className="text-sm text-muted">
        {counted(of.rows ?? 0, "row")}, {bytes(of.bytes)}; the file is there until{" "}
        <Time value={of.expires_at} as="stamp" />.
      </p>
    );
  }
  if (of.state === "failed") {
    return (
      <p className="text-sm text-bad">
        {job?.error ?? "Its job ended without a file."}{" "}
        {of.job_id && (
          <Link to={`/jobs/${of.job_id}`} className="underline">
            Job {of.job_id}
          </Link>
        )}
      </p>
    );
  }
  if (of.state === "expired")
    return <p className="text-sm text-muted">The file is removed; request it again.</p>;
  return <p className="text-sm text-muted">{phaseOf(job)}</p>;
}

function phaseOf(job: Job | undefined): string {
  if (!job || job.state === "waiting") return "Waiting for a worker.";
  if (job.state === "delayed") return "Tried, and to be tried again.";
  const { phase, done } = job.progress ?? {};
  if (typeof phase !== "string") return "Being written.";
  return typeof done === "number" ? `${phase}: ${count(done)}` : phase;
}

function warningsOf(job: Job | undefined): string[] {
  const warnings = job?.result?.warnings;
  return Array.isArray(warnings) ? warnings.filter((each) => typeof each === "string") : [];
}
