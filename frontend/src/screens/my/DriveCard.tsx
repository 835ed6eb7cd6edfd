import { Link } from "react-router";
import { lpaRange } from "@/lib/money";
import { calendarDay } from "@/lib/time";
import { Register, Withdraw } from "./Acts";
import type { MyStanding } from "./mine";
import { Standing } from "./Standing";
import { Window } from "./Window";

/** One drive as a student looks at it, with what can be done now. */
export function DriveCard({ drive }: { drive: MyStanding }) {
  const path = `/my/drives/${drive.drive_id}`;
  return (
    <li className="flex min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div>
        <h2 className="font-semibold break-words">
          <Link to={path} className="underline-offset-2 hover:underline">
            {drive.company}
          </Link>
        </h2>
        <p className="text-sm text-muted break-words">{drive.title}</p>
      </div>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
        <div>
          <dt className="text-xs text-muted">CTC</dt>
          <dd>{lpaRange(drive.ctc_min, drive.ctc_max)}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Drive date</dt>
          <dd>{drive.drive_date ? calendarDay(drive.drive_date) : "–"}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Registration</dt>
          <dd>
            <Window drive={drive} />
          </dd>
        </div>
      </dl>
      <Standing drive={drive} />
      <div className="mt-auto flex flex-wrap items-center gap-x-4 gap-y-2">
        <Register drive={drive} />
        {drive.may_withdraw && drive.registration && (
          <Withdraw drive={drive} receipt={drive.registration.id} />
        )}
        <Link to={path} className="text-sm text-accent underline underline-offset-2 max-sm:py-2">
          {drive.verdict === "eligible" ? "Details" : "Rule by rule"}
          <span className="sr-only"> of {drive.company}</span>
        </Link>
      </div>
    </li>
  );
}
