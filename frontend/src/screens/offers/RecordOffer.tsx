import { useState, type FormEvent } from "react";
import { useAct } from "@/api/act";
import { api, newKey, unwrap } from "@/api/client";
import { cli, words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { Input, Select } from "@/ui/Field";
import { ErrorPanel } from "@/ui/States";
import { DriveInput } from "../drives/DriveInput";
import { StudentInput } from "../students/StudentInput";
import { KINDS, OFFER_STATUSES, type OfferStatus } from "./kinds";
import { flagsOf, isReadable, OfferFields, valuesOf, type OfferText } from "./OfferFields";

const FORM = "offer-form";
const NOTHING: OfferText = { ctc_fixed: "", ctc_variable: "", ctc_total: "", offered_on: "", joins_on: "" };

type Kind = "DRIVE" | "PPO" | "OFF_CAMPUS";

/** Notes an offer: of a drive to somebody registered for it, or of a company beside all drives. */
export function RecordOffer({ drive: given, onClose }: { drive: string; onClose: () => void }) {
  const [key] = useState(newKey);
  const [kind, setKind] = useState<Kind>("DRIVE");
  const [drive, setDrive] = useState(given);
  const [company, setCompany] = useState("");
  const [student, setStudent] = useState("");
  const [status, setStatus] = useState<OfferStatus>("OFFERED");
  const [text, setText] = useState(NOTHING);
  const ofDrive = kind === "DRIVE";
  const body = {
    kind,
    status,
    student: student.trim(),
    drive: ofDrive ? drive.trim() : null,
    company: company.trim() || null,
    ...valuesOf(text),
  };
  const act = useAct(
    async () => unwrap(await api.POST("/offers", { params: { header: { "Idempotency-Key": key } }, body })),
    {
      quiet: true,
      done: (offer) => `The offer of ${offer.company} to ${offer.name} is recorded`,
      onDone: onClose,
      invalidates: [["offers"], ["drives"], ["students"]],
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate(undefined);
  };
  const command = cli(
    ...["offer", "record", "--student", body.student || "ROLL_NO"],
    ...(ofDrive ? ["--drive", body.drive || "DRIVE"] : ["--kind", kind]),
    ...(body.company ? ["--company", body.company] : []),
    ...flagsOf(valuesOf(text)),
    ...["--status", status],
  );
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title="Record an offer"
      about="Whoever accepts an offer counts as placed by it."
      actions={
        <>
          <CopyCli command={command} />
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={FORM} busy={act.isPending} disabled={!isReadable(text)}>
            Record the offer
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit} className="space-y-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <Select
            label="Where it comes from"
            options={Object.entries(KINDS).map(([value, label]) => ({ value, label }))}
            value={kind}
            onChange={(event) => setKind(event.target.value as Kind)}
          />
          {ofDrive ? (
            <DriveInput label="Drive" required value={drive} onChange={setDrive} />
          ) : (
            <Input
              label="Company"
              required
              maxLength={300}
              value={company}
              onChange={(event) => setCompany(event.target.value)}
            />
          )}
          <StudentInput label="Student" required value={student} onChange={setStudent} />
          <Select
            label="State"
            options={OFFER_STATUSES.map((value) => ({ value, label: words(value) }))}
            value={status}
            onChange={(event) => setStatus(event.target.value as OfferStatus)}
          />
        </div>
        <OfferFields text={text} onChange={setText} sums />
        {act.error && <ErrorPanel error={act.error} />}
      </form>
    </Dialog>
  );
}
