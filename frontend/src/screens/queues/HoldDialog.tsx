import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap } from "@/api/client";
import { counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CliLine } from "@/ui/CopyCli";
import { Input } from "@/ui/Field";
import { typeWords } from "../jobs/jobWords";
import type { TypeStats } from "./useQueues";

export type Hold = "pause" | "drain" | "resume";

const VERBS: Record<Hold, string> = { pause: "Pause", drain: "Drain", resume: "Resume" };
const DONE: Record<Hold, string> = { pause: "paused", drain: "accepts nothing new", resume: "runs again" };

async function change(hold: Hold, type: string, reason: string | null) {
  const path = { params: { path: { type } } };
  if (hold === "resume") return unwrap(await api.POST("/queues/{type}/resume", path));
  if (hold === "pause") return unwrap(await api.POST("/queues/{type}/pause", { ...path, body: { reason } }));
  return unwrap(await api.POST("/queues/{type}/drain", { ...path, body: { reason } }));
}

interface HoldDialogProps {
  hold: Hold;
  stats: TypeStats;
  onClose: () => void;
}

/** Asks before a type is held or let go, and why. */
export function HoldDialog({ hold, stats, onClose }: HoldDialogProps) {
  const [reason, setReason] = useState("");
  const name = typeWords(stats.type);
  const given = reason.trim() || null;
  const act = useAct(() => change(hold, stats.type, given), {
    done: `${name}: ${DONE[hold]}`,
    invalidates: [["queues"], ["status"]],
    onDone: onClose,
    quiet: true,
  });
  const command = cli("queue", hold, stats.type, ...(hold !== "resume" && given ? ["--reason", given] : []));
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${VERBS[hold]} ${name}?`}
      confirm={`${VERBS[hold]} ${name}`}
      harmless={hold === "resume"}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate(undefined)}
    >
      <p>{consequence(hold, stats)}</p>
      {hold !== "resume" && (
        <Input
          label="Why (others see it)"
          value={reason}
          maxLength={500}
          className="text-ink"
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      <CliLine command={command} />
    </ConfirmDialog>
  );
}

function consequence(hold: Hold, { waiting, delayed, active }: TypeStats): string {
  const queued = waiting + delayed;
  const left =
    queued > 0 ? `${counted(queued, "job")} that ${queued === 1 ? "waits" : "wait"}` : "What waits";
  const running = active > 0 ? ` ${counted(active, "job")} that ${active === 1 ? "runs" : "run"} now` : "";
  if (hold === "pause") {
    const goesOn = running && `${running} will be finished.`;
    return `${left} and what is asked for meanwhile starts when somebody resumes it.${goesOn}`;
  }
  if (hold === "drain") {
    const finished = running ? `${left} and${running} are finished` : `${left} is finished`;
    return `Nothing new is accepted: whoever asks is refused, with your reason. ${finished}.`;
  }
  return `Jobs are accepted and started again.${queued > 0 ? ` ${counted(queued, "job")} waiting.` : ""}`;
}
