import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { counted } from "@/lib/numbers";
import { Button, ButtonLink } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Dialog } from "@/ui/Dialog";
import { Time } from "@/ui/Time";
import { MINE } from "./mine";
import { ReceiptFacts, receiptPath } from "./Receipt";

interface Drive {
  drive_id: number;
  company: string;
  title: string;
  reg_closes_at: string | null;
}

const TOUCH = "max-sm:h-11 max-sm:w-full";

/** Registers me for a drive while that is offered; what it answers is the receipt, which is shown. */
export function Register({ drive }: { drive: Drive & { may_register: boolean } }) {
  const client = useQueryClient();
  const [receipt, setReceipt] = useState<Schema<"Registration"> | null>(null);
  const act = useAct(
    async () => {
      const path = { ref: String(drive.drive_id) };
      return unwrap(await api.POST("/drives/{ref}/registrations", { params: { path }, body: {} }));
    },
    { invalidates: [MINE], onDone: ({ registration }) => setReceipt(registration) },
  );
  // Refused because something has changed meanwhile: show what holds now.
  const askAgain = () => void client.invalidateQueries({ queryKey: MINE });
  const close = () => setReceipt(null);
  return (
    <>
      {drive.may_register && (
        <Button
          kind="primary"
          busy={act.isPending}
          onClick={() => act.mutate(undefined, { onError: askAgain })}
          className={TOUCH}
        >
          Register<span className="sr-only"> for {drive.company}</span>
        </Button>
      )}
      <Dialog
        open={receipt !== null}
        onOpenChange={(open) => !open && close()}
        title="You are registered"
        about={`${drive.company} · ${drive.title}`}
        actions={
          receipt && (
            <>
              <ButtonLink to={receiptPath(receipt.id)} onClick={close} className={TOUCH}>
                Open to print
              </ButtonLink>
              <Button kind="primary" onClick={close} className={TOUCH}>
                Done
              </Button>
            </>
          )
        }
      >
        {receipt && <ReceiptFacts receipt={receipt} />}
      </Dialog>
    </>
  );
}

/** Withdraws my registration, after asking. */
export function Withdraw({ drive, receipt }: { drive: Drive; receipt: number }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const act = useAct(
    async () => {
      const path = { ref: String(drive.drive_id) };
      return unwrap(await api.POST("/drives/{ref}/registrations/withdraw", { params: { path }, body: {} }));
    },
    {
      done: `Your registration for ${drive.company} is withdrawn.`,
      invalidates: [MINE],
      onDone: () => setAsking(false),
      quiet: true,
    },
  );
  const close = () => {
    setAsking(false);
    act.reset();
    if (act.error) void client.invalidateQueries({ queryKey: MINE });
  };
  return (
    <>
      <Button onClick={() => setAsking(true)} className={TOUCH}>
        Withdraw<span className="sr-only"> from {drive.company}</span>
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => (open ? setAsking(true) : close())}
        title={`Withdraw from ${drive.company} · ${drive.title}?`}
        confirm="Withdraw"
        busy={act.isPending}
        error={act.error && asProblem(act.error)}
        onConfirm={() => act.mutate(undefined)}
      >
        <p>
          This takes {counted(1, "registration")} back: yours, receipt {receipt}.
        </p>
        {drive.reg_closes_at && (
          <p>
            You can register again until <Time value={drive.reg_closes_at} as="stamp" />, if you still meet
            the criteria then.
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}
