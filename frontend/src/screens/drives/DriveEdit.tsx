import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { toast } from "sonner";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useMay, useMayOn } from "@/api/profile";
import { StateBadge } from "@/ui/Badge";
import { PageHeader } from "@/ui/PageHeader";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Conflict } from "./Conflict";
import { updateCommand } from "./driveCli";
import { DriveForm, type Fixed } from "./DriveForm";
import { changedFields, changesOf, valuesOf, type DriveValues } from "./driveValues";
import { NotYours } from "./NotYours";
import { useDrive } from "./useDrive";

type Details = Schema<"DriveDetails">;

export default function DriveEdit() {
  const { id = "" } = useParams();
  const may = useMay();
  const { data, error, refetch } = useDrive(id);
  if (!may("drive.write")) return <NotYours />;
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={6} />;
  return <Edit key={data.drive.id} first={data} />;
}

function Edit({ first }: { first: Details }) {
  const mayOn = useMayOn(first.drive);
  return mayOn("drive.write") ? <Form first={first} /> : <NotYours this />;
}

function Form({ first }: { first: Details }) {
  const navigate = useNavigate();
  const { refetch } = useDrive(String(first.drive.id));
  // What is edited stays the version that was first shown, also when the drive changes meanwhile.
  const [base, setBase] = useState(first);
  const [values, setValues] = useState<DriveValues>(() => valuesOf(first));
  const { drive } = base;
  const start = valuesOf(base);
  const back = `/drives/${drive.id}`;
  const save = useAct(
    async (next: DriveValues) =>
      unwrap(
        await api.PATCH("/drives/{ref}", {
          params: { path: { ref: String(drive.id) }, header: { "if-match": `"${drive.row_version}"` } },
          body: changesOf(start, next) as Schema<"DriveChangeBody">,
        }),
      ),
    {
      quiet: true,
      done: (told) => `${told.drive.code} is saved`,
      invalidates: [["drives"]],
      onDone: ({ warnings }) => {
        warnings.forEach((warning) => toast.warning(warning));
        void navigate(back);
      },
    },
  );
  const conflict = save.error !== null && asProblem(save.error).code === "precondition-failed";
  const takeOver = (theirs: Details, keepMine: boolean) => {
    const kept = keepMine ? changedFields(start, values) : [];
    const next = valuesOf(theirs);
    setBase(theirs);
    setValues({ ...next, ...Object.fromEntries(kept.map((name) => [name, values[name]])) });
    save.reset();
  };
  return (
    <>
      <PageHeader
        above={<Link to={back}>{drive.code}</Link>}
        title={`Edit ${drive.company} · ${drive.title}`}
        badge={<StateBadge state={drive.status} />}
      />
      <DriveForm
        values={values}
        onChange={(next) => {
          setValues(next);
          if (save.isError && !conflict) save.reset();
        }}
        code={drive.code}
        fixed={fixedIn(drive)}
        notice={conflict && <Conflict base={base} mine={values} onDecided={takeOver} />}
        error={save.error}
        busy={save.isPending}
        submit="Save changes"
        unchanged={conflict || changedFields(start, values).length === 0}
        command={updateCommand(drive.code, start, values)}
        back={back}
        onSubmit={() => save.mutate(values, { onError: () => void refetch() })}
      />
    </>
  );
}

/** What the drive's state keeps from being changed here; the server has the last word. */
function fixedIn({ status, allowed_moves }: Schema<"Drive">): Fixed {
  const may = (move: string) => allowed_moves.includes(move);
  if (may("delete")) return {};
  const over = !may("cancel") && "This drive is over.";
  return {
    about: Boolean(over),
    rules:
      over ||
      (status !== "paused" &&
        (may("pause")
          ? "Pay and rules change only while nobody can register: pause the drive first."
          : "Registration is over: pay and rules stay as they are.")),
    window:
      over ||
      (may("extend")
        ? "The window of a published drive is moved by Extend, on its page."
        : "Registration is over: its window stays as it is."),
  };
}
