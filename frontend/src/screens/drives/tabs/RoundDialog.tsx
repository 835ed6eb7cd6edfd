import { useState, type FormEvent } from "react";
import { useAct } from "@/api/act";
import { api, newKey, unwrap, type Schema } from "@/api/client";
import { currentZone, fromInput, toInput } from "@/lib/time";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { Input } from "@/ui/Field";
import { ErrorPanel } from "@/ui/States";
import { Suggest } from "@/ui/Suggest";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;

interface RoundDialogProps {
  drive: Drive;
  /** Null: a new one. */
  round: Round | null;
  next: number;
  onClose: () => void;
}

const KINDS = ["test", "coding", "group discussion", "interview", "hr", "presentation"];
const FORM = "round-form";

/** Plans a round, or changes one that is not finalised. */
export function RoundDialog({ drive, round, next, onClose }: RoundDialogProps) {
  const [key] = useState(newKey);
  const [kind, setKind] = useState(round?.kind ?? "");
  const [name, setName] = useState(round?.name ?? "");
  const [starts, setStarts] = useState(toInput(round?.starts_at ?? null));
  const [venue, setVenue] = useState(round?.venue ?? "");
  const body = {
    kind: kind.trim(),
    name: name.trim(),
    starts_at: fromInput(starts),
    venue: venue.trim() || null,
  };
  const ref = String(drive.id);
  const act = useAct(
    async () =>
      round
        ? unwrap(
            await api.PATCH("/drives/{ref}/rounds/{seq}", {
              params: { path: { ref, seq: round.seq }, header: { "if-match": `"${round.row_version}"` } },
              body,
            }),
          )
        : unwrap(
            await api.POST("/drives/{ref}/rounds", {
              params: { path: { ref }, header: { "Idempotency-Key": key } },
              body,
            }),
          ),
    {
      quiet: true,
      done: (saved) => `Round ${saved.seq} is ${round ? "changed" : "planned"}`,
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
      title={round ? `Change round ${round.seq}` : `Add round ${next}`}
      about={`${drive.company} · ${drive.title}`}
      actions={
        <>
          <CopyCli
            command={cli(
              ...(round
                ? ["round", "update", "--drive", drive.code, "--round", round.seq]
                : ["round", "create", "--drive", drive.code]),
              ...["--kind", body.kind || "KIND", "--name", body.name || "NAME"],
              ...(starts ? ["--starts", starts.replace("T", " ")] : []),
              ...(body.venue ? ["--venue", body.venue] : []),
            )}
          />
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={FORM} busy={act.isPending}>
            {round ? "Save the round" : "Add the round"}
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit} className="grid gap-3 sm:grid-cols-2">
        <Input
          label="Name"
          className="sm:col-span-2"
          required
          maxLength={200}
          placeholder="Online test"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Suggest
          label="Kind"
          required
          maxLength={40}
          placeholder="test, interview, …"
          value={kind}
          onChange={setKind}
          suggestions={KINDS.map((each) => ({ value: each, label: "" }))}
        />
        <Input
          label="Starts"
          type="datetime-local"
          hint={currentZone()}
          value={starts}
          onChange={(event) => setStarts(event.target.value)}
        />
        <Input
          label="Venue"
          className="sm:col-span-2"
          maxLength={200}
          value={venue}
          onChange={(event) => setVenue(event.target.value)}
        />
        {act.error && (
          <div className="sm:col-span-2">
            <ErrorPanel error={act.error} />
          </div>
        )}
      </form>
    </Dialog>
  );
}
