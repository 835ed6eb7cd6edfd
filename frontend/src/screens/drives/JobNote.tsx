import { useQueryClient } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useAct } from "@/api/act";
import { api, unwrap } from "@/api/client";
import { useMay } from "@/api/profile";
import { cli } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { JobProgress } from "../jobs/JobProgress";
import { isFinished, mayRetry, resultWords, stateWords } from "../jobs/jobWords";
import { useJob } from "../jobs/useJob";

/** A job of a drive while it runs, and what came of it; the drive is read anew when it ends. */
export function JobNote({ id, retry = true }: { id: number; retry?: boolean }) {
  const client = useQueryClient();
  const { data } = useJob(id);
  const state = data?.job.state;
  const ended = state === undefined ? undefined : isFinished(state);
  const before = useRef(ended);
  useEffect(() => {
    if (ended && before.current === false) void client.invalidateQueries({ queryKey: ["drives"] });
    before.current = ended;
  }, [ended, client]);
  if (!data) return null;
  const { job } = data;
  const line = job.state === "completed" ? resultWords(job) : job.error?.split("\n", 1)[0];
  return (
    <div>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Link to={`/jobs/${job.id}`} className="font-medium underline-offset-2 hover:underline">
          Job {job.id}
        </Link>
        <StateBadge state={job.state} label={stateWords(job.state)} />
        {line && <span className="min-w-0 break-words">{line}</span>}
      </p>
      {job.state === "active" && <JobProgress job={job} />}
      {job.state === "waiting" && <p className="text-sm text-muted">It waits for a worker that is free.</p>}
      {retry && mayRetry(job) && <RetryJob id={job.id} />}
    </div>
  );
}

function RetryJob({ id }: { id: number }) {
  const may = useMay();
  const act = useAct(async () => unwrap(await api.POST("/jobs/{id}/retry", { params: { path: { id } } })), {
    done: `Job ${id} will run again`,
    invalidates: [["job", id], ["jobs"], ["drives"]],
  });
  if (!may("job.manage")) return null;
  return (
    <p className="mt-2 flex items-center gap-1">
      <Button size="small" icon={RotateCw} busy={act.isPending} onClick={() => act.mutate(undefined)}>
        Retry job {id}
      </Button>
      <CopyCli command={cli("job", "retry", id)} />
    </p>
  );
}
