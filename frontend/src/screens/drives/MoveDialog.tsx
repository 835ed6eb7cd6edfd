import { useState } from "react";
import { useAct } from "@/api/act";
import type { Schema } from "@/api/client";
import { toInput } from "@/lib/time";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyCli } from "@/ui/CopyCli";
import { Input, Textarea } from "@/ui/Field";
import { MOVES, type Given, type Move, type MoveName } from "./moves";

interface MoveDialogProps {
  drive: Schema<"Drive">;
  name: MoveName;
  onClose: () => void;
  onDone: (name: MoveName) => void;
}

/** Asks before a move, naming the drive and what follows from it. */
export function MoveDialog({ drive, name, onClose, onDone }: MoveDialogProps) {
  const move: Move = MOVES[name];
  const [given, setGiven] = useState<Given>({ reason: "", until: toInput(drive.reg_closes_at) });
  const act = useAct(() => move.send(drive, { ...given, reason: given.reason.trim() }), {
    quiet: true,
    done: `${drive.code}: ${move.done.charAt(0).toLowerCase()}${move.done.slice(1)}`,
    invalidates: name === "delete" ? [] : [["drives"], ["audit"], ["jobs"]],
    onDone: () => onDone(name),
  });
  const lacks = (move.needs === "reason" && !given.reason.trim()) || (move.needs === "until" && !given.until);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${move.label} ${drive.company} · ${drive.title}?`}
      confirm={`${move.label} ${drive.code}`}
      harmless={move.harmless}
      typed={move.severe ? drive.code : undefined}
      busy={act.isPending}
      disabled={lacks}
      error={act.error}
      onConfirm={() => act.mutate(undefined)}
    >
      {move.consequences(drive).map((line, place) => line && <p key={place}>{line}</p>)}
      {move.needs === "reason" && (
        <Textarea
          label="Reason, as students and the audit log are told"
          rows={2}
          maxLength={500}
          required
          value={given.reason}
          onChange={(event) => setGiven({ ...given, reason: event.target.value })}
        />
      )}
      {move.needs === "until" && (
        <Input
          label="Registration closes"
          type="datetime-local"
          required
          min={toInput(drive.reg_closes_at)}
          value={given.until}
          onChange={(event) => setGiven({ ...given, until: event.target.value })}
        />
      )}
      <p className="flex items-center justify-between gap-2 rounded-md bg-sunken py-0.5 pl-2.5">
        <code className="min-w-0 font-mono text-xs break-all">{move.command(drive, given)}</code>
        <CopyCli command={move.command(drive, given)} />
      </p>
    </ConfirmDialog>
  );
}
