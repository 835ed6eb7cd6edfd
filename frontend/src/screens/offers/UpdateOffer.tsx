import { useState, type FormEvent } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { cli, words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { Select } from "@/ui/Field";
import { Reason } from "@/ui/Reason";
import { ErrorPanel } from "@/ui/States";
import type { OfferStatus } from "./kinds";
import { flagsOf, isReadable, OfferFields, valuesOf, type OfferText } from "./OfferFields";

type Offer = Schema<"Offer">;

const FORM = "offer-change-form";

const textOf = (offer: Offer): OfferText => ({
  ctc_fixed: offer.ctc_fixed?.toString() ?? "",
  ctc_variable: offer.ctc_variable?.toString() ?? "",
  ctc_total: offer.ctc_total?.toString() ?? "",
  offered_on: offer.offered_on ?? "",
  joins_on: offer.joins_on ?? "",
});

/** Changes how an offer stands, its pay, its dates. Once it was answered, it moves on with a reason only. */
export function UpdateOffer({ offer, onClose }: { offer: Offer; onClose: () => void }) {
  const [status, setStatus] = useState(offer.status);
  const [text, setText] = useState(() => textOf(offer));
  const [reason, setReason] = useState("");
  const values = valuesOf(text);
  const changed = Object.fromEntries(
    Object.entries(values).filter(([name, value]) => value !== offer[name as keyof typeof values]),
  ) as Partial<typeof values>;
  const moves = status !== offer.status;
  const revokes = moves && status === "REVOKED";
  const needsReason = moves && offer.status !== "OFFERED";
  const act = useAct(
    async () =>
      unwrap(
        await api.PATCH("/offers/{id}", {
          params: { path: { id: offer.id }, header: { "if-match": `"${offer.row_version}"` } },
          body: {
            ...changed,
            ...(moves ? { status: status as OfferStatus } : {}),
            reason: reason.trim() || null,
          } as Schema<"OfferChangeBody">,
        }),
      ),
    {
      quiet: true,
      done: (saved) =>
        `The offer of ${saved.company} to ${saved.name} is ${words(saved.status).toLowerCase()}`,
      onDone: onClose,
      invalidates: [["offers"], ["drives"], ["students"]],
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate(undefined);
  };
  const nothing = !moves && Object.keys(changed).length === 0;
  const command = cli(
    ...["offer", "update", offer.id],
    ...(moves ? ["--status", status] : []),
    ...flagsOf(changed),
    ...(reason.trim() ? ["--reason", reason.trim()] : []),
  );
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={`The offer of ${offer.company} to ${offer.name}`}
      about={`${offer.college} · ${offer.roll_no}`}
      actions={
        <>
          <CopyCli command={command} />
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={revokes ? "danger" : "primary"}
            type="submit"
            form={FORM}
            busy={act.isPending}
            disabled={nothing || !isReadable(text) || (needsReason && !reason.trim())}
          >
            {revokes ? "Revoke the offer" : "Save"}
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit} className="space-y-3">
        <Select
          label="State"
          options={[offer.status, ...offer.allowed_moves].map((value) => ({ value, label: words(value) }))}
          value={status}
          onChange={(event) => setStatus(event.target.value)}
        />
        <OfferFields text={text} onChange={setText} />
        <Reason
          optional={!needsReason}
          hint={
            needsReason ? `It was ${words(offer.status).toLowerCase()} before: say what happened.` : undefined
          }
          value={reason}
          onChange={setReason}
        />
        {act.error && <ErrorPanel error={act.error} />}
      </form>
    </Dialog>
  );
}
