import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { cli } from "@/lib/words";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Reason } from "@/ui/Reason";

type Drive = Schema<"Drive">;
type Registration = Schema<"Registration">;

interface WithdrawDialogProps {
  drive: Drive;
  registration: Registration;
  onClose: () => void;
}

/** Withdraws one student's registration; once registration is closed or paused, with a reason. */
export function WithdrawDialog({ drive, registration, onClose }: WithdrawDialogProps) {
  const [reason, setReason] = useState("");
  const late = drive.registration !== "open";
  const { roll_no, college, name } = registration;
  const act = useAct(
    async () =>
      unwrap(
        await api.POST("/drives/{ref}/registrations/withdraw", {
          params: { path: { ref: String(drive.id) } },
          body: { student: roll_no, college, reason: reason.trim() || null },
        }),
      ),
    {
      quiet: true,
      done: ({ changed }) => (changed ? `${name} is withdrawn` : `${name} was withdrawn before`),
      onDone: onClose,
      invalidates: [["drives"], ["students"]],
    },
  );
  const command = cli(
    ...["registration", "withdraw", "--drive", drive.code, "--student", roll_no, "--college", college],
    ...(reason.trim() ? ["--reason", reason.trim()] : []),
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Withdraw ${name} (${roll_no}) from ${drive.company}?`}
      confirm="Withdraw"
      busy={act.isPending}
      error={act.error}
      command={command}
      onConfirm={() => act.mutate(undefined)}
    >
      <p>
        {late
          ? "Registration is not open, so that the student cannot come back alone. Say why; it is kept."
          : "The registration stays on record as withdrawn; the student may register again while it is open."}
      </p>
      <Reason optional={!late} value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}
