import { Link } from "react-router";
import { Badge, StateBadge } from "@/ui/Badge";
import type { Column } from "@/ui/DataTable";
import { Time } from "@/ui/Time";
import { stateWords } from "../jobs/jobWords";
import { CATCH_UP, punctuality, scheduleWords, type Fire, type Schedule } from "./scheduleWords";

export const SCHEDULE_COLUMNS: Column<Schedule>[] = [
  {
    id: "schedule",
    header: "Schedule",
    primary: true,
    sort: (schedule) => schedule.name,
    cell: (schedule) => (
      <>
        <span className="font-medium">{scheduleWords(schedule)}</span>
        <span className="block font-mono text-xs font-normal break-all text-muted">{schedule.name}</span>
      </>
    ),
  },
  {
    id: "state",
    header: "State",
    sort: (schedule) => Number(schedule.enabled),
    cell: (schedule) => <State schedule={schedule} />,
  },
  {
    id: "when",
    header: "When",
    cell: (schedule) => (
      <span title={CATCH_UP[schedule.catch_up]}>
        {schedule.words}
        <span className="block text-xs whitespace-nowrap text-muted">
          <code className="font-mono">{schedule.cron}</code>, {schedule.time_zone}
        </span>
      </span>
    ),
  },
  {
    id: "next",
    header: "Next three",
    sort: (schedule) => schedule.next[0] ?? null,
    cell: (schedule) =>
      schedule.next.length ? (
        <ol>
          {schedule.next.map((at, index) => (
            <li key={at} className={index ? "text-xs text-muted" : undefined}>
              <Time value={at} as={index ? "stamp" : "relative"} />
            </li>
          ))}
        </ol>
      ) : (
        <span className="text-muted">–</span>
      ),
  },
  {
    id: "last",
    header: "Last fires",
    cell: (schedule) => <Fires fires={schedule.fires} />,
  },
];

function State({ schedule }: { schedule: Schedule }) {
  if (!schedule.enabled) return <Badge>Disabled</Badge>;
  if (schedule.problem) {
    return (
      <>
        <Badge tone="bad">Never fires</Badge>
        <span className="block text-xs break-words text-bad">{schedule.problem}</span>
      </>
    );
  }
  return (
    <>
      <Badge tone="good">Enabled</Badge>
      {schedule.due_at && (
        <span className="block text-xs text-warn">
          due <Time value={schedule.due_at} />, not fired yet
        </span>
      )}
    </>
  );
}

const SHOWN = 3;

/** The newest fires; those before them behind a disclosure. */
function Fires({ fires }: { fires: readonly Fire[] }) {
  if (!fires.length) return <span className="text-muted">never</span>;
  const older = fires.slice(SHOWN);
  return (
    <div className="max-sm:text-right">
      <FireLines fires={fires.slice(0, SHOWN)} />
      {older.length > 0 && (
        <details>
          <summary className="cursor-pointer text-xs text-muted">{older.length} before</summary>
          <FireLines fires={older} />
        </details>
      )}
    </div>
  );
}

const FireLines = ({ fires }: { fires: readonly Fire[] }) => (
  <ul className="space-y-0.5">
    {fires.map((fire) => (
      <li key={fire.fire_at}>
        <Time value={fire.fire_at} /> <Outcome fire={fire} />
      </li>
    ))}
  </ul>
);

function Outcome({ fire }: { fire: Fire }) {
  const told = punctuality(fire);
  return (
    <>
      {fire.job_id !== null ? (
        <Link to={`/jobs/${fire.job_id}`} aria-label={`Job ${fire.job_id}, ${fire.job_state ?? "gone"}`}>
          <StateBadge
            state={fire.job_state ?? "archived"}
            label={fire.job_state ? stateWords(fire.job_state) : `Job ${fire.job_id}`}
          />
        </Link>
      ) : (
        fire.outcome === "skipped" && <Badge tone="warn">Skipped</Badge>
      )}
      {told && <span className="block text-xs text-warn">{told}</span>}
      {fire.reason && <span className="block text-xs break-words text-muted">{fire.reason}</span>}
    </>
  );
}
