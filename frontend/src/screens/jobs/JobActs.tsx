import { Ban, RotateCw } from "lucide-react";
import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyCli } from "@/ui/CopyCli";
import { isFinished, mayRetry, type Job } from "./jobWords";

const OUTCOMES: Record<string, string> = {
  cancelled: "Cancelled; nothing was applied",
  requested: "Asked to stop; it ends at its next heartbeat",
  finished: "Too late: it had ended already",
};

const cancelled = ({ outcome }: Schema<"Cancelled">) => OUTCOMES[outcome];

/** Retry or cancel, whichever the job's state admits, each asked for once more. */
export function JobActs({ job }: { job: Job }) {
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const invalidates = [["job", job.id], ["jobs"], ["queues"], ["status"]];
  const close = () => setAsking(false);
  const path = { params: { path: { id: job.id } } };
  const retry = useAct(async () => unwrap(await api.POST("/jobs/{id}/retry", path)), {
    done: `Job ${job.id} will run again`,
    onDone: close,
    invalidates,
    quiet: true,
  });
  const cancel = useAct(async () => unwrap(await api.POST("/jobs/{id}/cancel", path)), {
    done: cancelled,
    onDone: close,
    invalidates,
    quiet: true,
  });
  if (!may("job.manage") || job.state === "completed") return null;
  const [act, verb] = mayRetry(job) ? [retry, "retry" as const] : [cancel, "cancel" as const];
  const title = verb === "retry" ? "Retry" : "Cancel";
  const stopping = !isFinished(job.state) && job.cancel_requested_at !== null;
  return (
    <>
      <CopyCli command={cli("job", verb, job.id)} />
      <Button
        kind={verb === "retry" ? "primary" : "secondary"}
        icon={verb === "retry" ? RotateCw : Ban}
        disabled={stopping}
        onClick={() => {
          act.reset();
          setAsking(true);
        }}
      >
        {stopping ? "Stopping" : title}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`${title} job ${job.id}?`}
        confirm={`${title} job ${job.id}`}
        harmless={verb === "retry"}
        busy={act.isPending}
        error={act.error}
        onConfirm={() => act.mutate(undefined)}
      >
        <p className="font-medium text-ink">{job.about}</p>
        <p>
          {verb === "retry"
            ? "It runs again from the start, with fresh attempts."
            : job.state === "active"
              ? "It is running. It is asked to stop, and either all or nothing of it will have been applied."
              : "It has not begun, and ends at once with nothing applied."}
        </p>
        {verb === "cancel" && job.type === "auto-publish" && (
          <p>The drive stays posted, with this selection not applied, until it is published again.</p>
        )}
      </ConfirmDialog>
    </>
  );
}
