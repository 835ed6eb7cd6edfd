import { TriangleAlert } from "lucide-react";
import type { Schema } from "@/api/client";
import { words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { changedFields, valuesOf, type DriveValues } from "./driveValues";
import { FIELD_WORDS } from "./fieldWords";
import { useDrive } from "./useDrive";

type Details = Schema<"DriveDetails">;

interface ConflictProps {
  base: Details;
  mine: DriveValues;
  onDecided: (theirs: Details, keepMine: boolean) => void;
}

/** Somebody saved the drive while it was edited here: what they changed, what is at stake, and the two ways on. */
export function Conflict({ base, mine, onDecided }: ConflictProps) {
  const { data: theirs, error, refetch, isFetching } = useDrive(String(base.drive.id));
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!theirs || theirs.drive.row_version === base.drive.row_version) {
    return isFetching ? <Skeleton lines={2} /> : <ErrorPanel error={CONFLICT} retry={() => void refetch()} />;
  }
  const start = valuesOf(base);
  const changedByThem = changedFields(start, valuesOf(theirs));
  const changedByMe = changedFields(start, mine);
  const both = changedByMe.filter((name) => changedByThem.includes(name));
  return (
    <div role="alert" className="rounded-lg border border-warn/50 bg-warn-soft p-4">
      <p className="flex items-start gap-2 font-medium text-warn">
        <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
        Somebody changed this drive while you were editing it; nothing of yours is saved yet.
      </p>
      <ul className="mt-2 list-disc space-y-0.5 pl-10">
        <li>
          {changedByThem.length
            ? `They changed: ${listed(changedByThem)}.`
            : "The drive was moved or published; its fields are the same."}
        </li>
        <li>You changed: {listed(changedByMe)}.</li>
        {both.length > 0 && <li>Both of you changed: {listed(both)}. Yours would replace theirs.</li>}
      </ul>
      <div className="mt-3 flex flex-wrap gap-2 pl-6">
        <Button kind="primary" onClick={() => onDecided(theirs, true)}>
          Put my changes onto the new version
        </Button>
        <Button onClick={() => onDecided(theirs, false)}>Drop my changes</Button>
      </div>
    </div>
  );
}

const CONFLICT = new Error("Somebody changed this drive while you were editing it.");

const listed = (names: (keyof DriveValues)[]) =>
  names.map((name) => FIELD_WORDS[name] ?? words(name).toLowerCase()).join(", ");
