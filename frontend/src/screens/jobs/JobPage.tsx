import { Link, useParams } from "react-router";
import { StateBadge } from "@/ui/Badge";
import { CopyCli } from "@/ui/CopyCli";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { cli, words } from "@/lib/words";
import { JobActs } from "./JobActs";
import { JobFacts } from "./JobFacts";
import { JobStory } from "./JobStory";
import { resultWords, stateWords, typeWords, type Job } from "./jobWords";
import { useJob } from "./useJob";

export default function JobPage() {
  const id = Number(useParams().id);
  const { data: story, error, refetch } = useJob(id);
  if (!story)
    return error ? <NoJob id={id} error={error} retry={() => void refetch()} /> : <Skeleton lines={8} />;
  const { job } = story;
  return (
    <>
      <PageHeader
        above={
          <>
            <Link to="/jobs" className="underline-offset-2 hover:underline">
              Jobs
            </Link>{" "}
            / {typeWords(job.type)} / #{job.id}
          </>
        }
        title={job.about}
        badge={<StateBadge state={job.state} label={stateWords(job.state)} />}
        actions={<JobActs job={job} />}
      />
      {error && (
        <div className="mb-4">
          <ErrorPanel error={error} retry={() => void refetch()} />
        </div>
      )}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="min-w-0 space-y-4">
          <Failure job={job} />
          <Result job={job} />
          <Panel title="What happened" actions={<CopyCli command={cli("job", "watch", job.id)} />}>
            <JobStory story={story} />
          </Panel>
        </div>
        <div className="min-w-0 space-y-4">
          <Panel title="The job" actions={<CopyCli command={cli("job", "show", job.id)} />}>
            <JobFacts job={job} />
          </Panel>
          <Details title="Payload" value={job.payload} />
          {job.result && <Details title="Result as stored" value={job.result} />}
        </div>
      </div>
    </>
  );
}

function NoJob({ id, error, retry }: { id: number; error: unknown; retry: () => void }) {
  return (
    <>
      <PageHeader title={`Job ${id}`} />
      <ErrorPanel error={error} retry={retry} />
    </>
  );
}

/** Why it failed, or why its last attempt did. */
function Failure({ job }: { job: Job }) {
  if (!job.error) return null;
  const failed = job.state === "failed";
  return (
    <Panel title={failed ? "Why it failed" : "The last error"}>
      {job.reason && <p className={failed ? "font-medium text-bad" : "font-medium"}>{words(job.reason)}</p>}
      <pre className="mt-1 font-mono text-xs break-words whitespace-pre-wrap">{job.error}</pre>
    </Panel>
  );
}

function Result({ job }: { job: Job }) {
  const warnings = Array.isArray(job.result?.warnings) ? job.result.warnings : [];
  const text = resultWords(job);
  const next = job.result?.publish_job;
  if (!text) return null;
  return (
    <Panel title="What came of it">
      <p>{text}</p>
      {warnings.map((warning) => (
        <p key={String(warning)} className="mt-1 text-warn">
          {String(warning)}
        </p>
      ))}
      {typeof next === "number" && (
        <p className="mt-1">
          It asked for{" "}
          <Link to={`/jobs/${next}`} className="text-accent underline underline-offset-2">
            job {next}
          </Link>
          , which publishes them.
        </p>
      )}
    </Panel>
  );
}

/** Raw values, for those who look for them: they may name people. */
function Details({ title, value }: { title: string; value: Record<string, unknown> }) {
  return (
    <details className="rounded-lg border border-line bg-surface">
      <summary className="cursor-pointer px-4 py-2.5 font-semibold">{title}</summary>
      <pre className="overflow-x-auto border-t border-line p-4 font-mono text-xs break-words whitespace-pre-wrap">
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}
