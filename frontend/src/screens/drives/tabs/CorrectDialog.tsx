import { useState, type FormEvent } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { studentRef } from "@/lib/students";
import { cli, words } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { Select } from "@/ui/Field";
import { Reason } from "@/ui/Reason";
import { ErrorPanel } from "@/ui/States";
import { DECISIONS, type Decision } from "./decisions";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;
type Attendance = Schema<"Attendance">;

interface CorrectDialogProps {
  drive: Drive;
  round: Round;
  attendance: Attendance;
  onClose: () => void;
}

const FORM = "correct-form";

/** Changes one decision of a finalised round, with a reason. */
export function CorrectDialog({ drive, round, attendance, onClose }: CorrectDialogProps) {
  const others = DECISIONS.filter((each) => each !== attendance.status);
  const [status, setStatus] = useState<Decision>(others[0] ?? "PRESENT");
  const [reason, setReason] = useState("");
  const { roll_no, college, name } = attendance;
  const act = useAct(
    async () =>
      unwrap(
        await api.POST("/drives/{ref}/attendance/correct", {
          params: { path: { ref: String(drive.id) } },
          body: { student: roll_no, college, round: round.seq, status, reason: reason.trim() },
        }),
      ),
    {
      quiet: true,
      done: (saved) => `${saved.name} is ${words(saved.status).toLowerCase()} in round ${saved.round} now`,
      onDone: onClose,
      invalidates: [["drives", drive.id]],
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate(undefined);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Correct ${name}`}
      about={`${roll_no} in round ${round.seq}: ${round.name}`}
      actions={
        <>
          <CopyCli
            command={cli(
              ...["attendance", "correct", "--drive", drive.code, "--round", round.seq],
              ...[
                "--student",
                studentRef(attendance),
                "--status",
                status,
                "--reason",
                reason.trim() || "REASON",
              ],
            )}
          />
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={FORM} busy={act.isPending} disabled={!reason.trim()}>
            Correct
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit} className="space-y-3">
        <p>
          Stands as <StateBadge state={attendance.status} />
          {attendance.marked_by && <span className="text-muted"> by {attendance.marked_by}</span>}
        </p>
        <Select
          label="Stands as from now"
          options={others.map((value) => ({ value, label: words(value) }))}
          value={status}
          onChange={(event) => setStatus(event.target.value as Decision)}
        />
        <Reason value={reason} onChange={setReason} hint="It is kept with the decision and in the audit." />
        {act.error && <ErrorPanel error={act.error} />}
      </form>
    </Dialog>
  );
}
