import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap } from "@/api/client";
import { counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyCli } from "@/ui/CopyCli";
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
      <p className="flex items-center gap-1">
        <CopyCli command={command} />
        <code className="min-w-0 font-mono text-xs break-all">{command}</code>
      </p>
    </ConfirmDialog>
  );
}

function consequence(hold: Hold, stats: TypeStats): string {
  const waiting = counted(stats.waiting + stats.delayed, "job");
  if (hold === "pause") {
    return `${waiting} that wait stay where they are, and new ones are accepted, until somebody resumes it. The ${counted(stats.active, "job")} that run now go on.`;
  }
  if (hold === "drain") {
    return `Nothing new is accepted: who asks is refused, with your reason. ${waiting} that wait and ${counted(stats.active, "job")} that run are finished.`;
  }
  return `Jobs are accepted and started again. ${waiting} wait.`;
}
