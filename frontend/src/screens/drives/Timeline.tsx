import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, unwrap, type Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { storyOf, storyOfDrive, type Moment } from "./story";

type Drive = Schema<"Drive">;

const PAGE = 200;
const MOST_PAGES = 5;

/** What happened to the drive, newest first: from the audit log for those who may read it, else from its dates. */
export function Timeline({ drive }: { drive: Drive }) {
  const may = useMay();
  return may("audit.read") ? <Audited drive={drive} /> : <Moments moments={storyOfDrive(drive)} />;
}

function Audited({ drive }: { drive: Drive }) {
  const { data } = useQuery({
    queryKey: ["audit", "drive", drive.id, drive.row_version, drive.selection.number],
    queryFn: () => eventsOf(drive.id),
    placeholderData: (before) => before,
  });
  if (!data) return <Skeleton lines={4} className="p-0!" />;
  return (
    <>
      <Moments moments={storyOf(drive, data)} />
      <p className="mt-3 text-xs">
        <Link to={`/audit?object=drive&id=${drive.id}`} className="text-accent underline underline-offset-2">
          All of it in the audit log
        </Link>
      </p>
    </>
  );
}

/** Marks of attendance are events too, so that the moves may lie some pages back. */
async function eventsOf(drive: number): Promise<Schema<"AuditEvent">[]> {
  const events: Schema<"AuditEvent">[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { object_type: "drive", object_id: String(drive), limit: PAGE, cursor };
    const told = unwrap(await api.GET("/audit", { params: { query } }));
    events.push(...told.items);
    if (!told.next_cursor) break;
    cursor = told.next_cursor;
  }
  return events;
}

function Moments({ moments }: { moments: Moment[] }) {
  return (
    <ol className="space-y-3 border-l border-line pl-4">
      {moments.map((moment) => (
        <li key={moment.key} className="relative">
          <span
            aria-hidden
            className={`absolute top-1.5 -left-[1.28rem] size-2 rounded-full ${moment.minor ? "bg-line-strong" : "bg-accent"}`}
          />
          <p className={moment.minor ? undefined : "font-medium"}>{moment.what}</p>
          {moment.reason && <p className="break-words">“{moment.reason}”</p>}
          <p className="text-xs text-muted">
            <Time value={moment.at} />
            {moment.by && ` by ${moment.by}`}
          </p>
        </li>
      ))}
    </ol>
  );
}
