import { capital } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { Time } from "@/ui/Time";
import type { MyStanding } from "./mine";

/** Where I stand before a drive: verdict with its reason, selection, registration. */
export function Standing({ drive }: { drive: MyStanding }) {
  const told = toldOf(drive);
  return (
    <div className="space-y-1">
      <p className="flex flex-wrap items-center gap-1.5">
        {drive.registration && <StateBadge state={drive.registration.status} />}
        <StateBadge state={drive.verdict === "not" ? "not_eligible" : drive.verdict} />
        {drive.selected && <StateBadge state="accepted" label="Selected" />}
        {drive.selection_pending && <StateBadge state="pending" label="Selection pending" />}
      </p>
      {told && <p className="text-sm">{told}</p>}
      {drive.registration?.status === "withdrawn" && (
        <p className="text-sm text-muted">
          You withdrew <Time value={drive.registration.withdrawn_at} />.
        </p>
      )}
    </div>
  );
}

function toldOf(drive: MyStanding): string | null {
  const { verdict, reason, refused, refusal, window } = drive;
  if (verdict === "not") {
    if (drive.selected === "OVERRIDE") return `The office lets you register all the same (${reason}).`;
    return `You do not meet the criteria: ${reason}.`;
  }
  if (verdict === "review") return `The office looks at it itself: ${reason}.`;
  if (drive.selection_pending)
    return "The selection is still being applied; this page shows it as soon as it is.";
  if (refused === "not-selected")
    return "You meet the criteria, but are not on the placement office's selection.";
  if (refused === "registration-closed" && !["not_open", "closed"].includes(window))
    return `${capital(refusal ?? "")}.`;
  return null;
}
