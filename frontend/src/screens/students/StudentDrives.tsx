import { CircleHelp } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { oneOf, useFilters } from "@/lib/filters";
import { cli, words } from "@/lib/words";
import { Badge, StateBadge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Select } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { Time } from "@/ui/Time";
import { VerdictBadge, WhyDialog } from "./Why";

type Student = Schema<"Student">;
type StudentDrive = Schema<"StudentDrive">;

const MOST = 200;
const SHOWN = ["open", "eligible", "review", "not"] as const;
const SHOWN_WORDS = {
  open: "Registration open",
  eligible: "Eligible",
  review: "Review",
  not: "Not eligible",
};

interface StudentDrivesProps {
  student: Student;
  /** Only drives that the student registered for, withdrawn or not. */
  onlyRegistered: boolean;
}

/** How a student stands before each drive: verdict, selection, registration; why, when it is asked for. */
export function StudentDrives({ student, onlyRegistered }: StudentDrivesProps) {
  const { get, set } = useFilters();
  const [asked, setAsked] = useState<StudentDrive | null>(null);
  const show = oneOf(get("show"), SHOWN);
  const { roll_no, college } = student;
  const pages = usePages(["students", "drives", college, roll_no], async (cursor) =>
    unwrap(
      await api.GET("/students/drives", { params: { query: { roll_no, college, limit: MOST, cursor } } }),
    ),
  );
  const rows = useMemo(
    () =>
      pages.rows.filter(
        (row) =>
          (!onlyRegistered || row.registration) &&
          (!show || (show === "open" ? row.window === "open" : row.verdict === show)),
      ),
    [pages.rows, onlyRegistered, show],
  );
  const columns = useMemo(
    () => [...(onlyRegistered ? REGISTERED : STANDING), why(setAsked)],
    [onlyRegistered],
  );
  return (
    <Panel
      title={onlyRegistered ? "Registrations" : "Before each drive"}
      flush
      actions={
        <>
          <Select
            label="Show"
            bare
            options={[
              { value: "", label: onlyRegistered ? "All registrations" : "All drives" },
              ...SHOWN.map((value) => ({ value, label: SHOWN_WORDS[value] })),
            ]}
            value={show ?? ""}
            onChange={(event) => set({ show: event.target.value })}
          />
          <CopyCli command={cli("student", "drives", roll_no, "--college", college)} />
        </>
      }
    >
      <DataTable
        label={onlyRegistered ? "Registrations" : "Drives"}
        columns={columns}
        pages={{ ...pages, rows }}
        rowKey={(row) => row.drive_id}
        empty={
          pages.hasMore ? (
            <EmptyState
              title={`None among the newest ${pages.rows.length} drives`}
              action={
                <Button busy={pages.isLoadingMore} onClick={() => void pages.loadMore()}>
                  Look at older ones
                </Button>
              }
            />
          ) : (
            <Nothing onlyRegistered={onlyRegistered} show={Boolean(show)} clear={() => set({ show: null })} />
          )
        }
      />
      {asked && (
        <WhyDialog
          drive={{ id: asked.drive_id, code: asked.code, company: asked.company }}
          student={student}
          onClose={() => setAsked(null)}
        />
      )}
    </Panel>
  );
}

const DRIVE: Column<StudentDrive> = {
  id: "drive",
  header: "Drive",
  primary: true,
  sort: (row) => row.company.toLowerCase(),
  cell: (row) => (
    <>
      <Link to={`/drives/${row.drive_id}`} className="font-medium underline-offset-2 hover:underline">
        {row.company} · {row.title}
      </Link>
      <span className="block font-mono text-xs font-normal text-muted">{row.code}</span>
    </>
  ),
};

const STATE: Column<StudentDrive> = {
  id: "state",
  header: "State",
  sort: (row) => row.status,
  cell: (row) => (
    <>
      <StateBadge state={row.status} /> {row.window === "open" && <StateBadge state="open" />}
    </>
  ),
};

const REGISTRATION: Column<StudentDrive> = {
  id: "registration",
  header: "Registration",
  sort: (row) => row.registration?.registered_at ?? null,
  cell: ({ registration }) =>
    registration ? (
      <>
        <StateBadge state={registration.status} />{" "}
        <span className="text-xs whitespace-nowrap text-muted">
          <Time value={registration.withdrawn_at ?? registration.registered_at} />
        </span>
      </>
    ) : (
      <span className="text-muted">–</span>
    ),
};

const VERDICT: Column<StudentDrive> = {
  id: "verdict",
  header: "Verdict",
  sort: (row) => row.verdict,
  cell: (row) => (
    <>
      <VerdictBadge verdict={row.verdict} />
      {row.reason && <span className="mt-0.5 block max-w-96 text-xs text-muted">{row.reason}</span>}
    </>
  ),
};

const SELECTED: Column<StudentDrive> = {
  id: "selected",
  header: "Selected",
  sort: (row) => row.selected,
  cell: (row) => {
    if (row.selection_pending) return <Badge tone="info">Being applied</Badge>;
    return row.selected ? words(row.selected) : <span className="text-muted">–</span>;
  },
};

const STANDING = [DRIVE, STATE, VERDICT, SELECTED, REGISTRATION];

const REGISTERED: Column<StudentDrive>[] = [
  DRIVE,
  STATE,
  REGISTRATION,
  {
    id: "channel",
    header: "How",
    sort: (row) => row.registration?.channel ?? null,
    cell: ({ registration }) => {
      if (registration?.channel === "LATE") return <Badge tone="warn">Late</Badge>;
      return registration?.channel === "STAFF" ? "By the office" : "By the student";
    },
  },
  VERDICT,
];

const why = (onAsk: (row: StudentDrive) => void): Column<StudentDrive> => ({
  id: "acts",
  header: "Rules",
  align: "right",
  cell: (row) => (
    <Button
      size="small"
      kind="quiet"
      icon={CircleHelp}
      aria-label={`Why, for ${row.company} · ${row.title}`}
      onClick={() => onAsk(row)}
    >
      Why
    </Button>
  ),
});

interface NothingProps {
  onlyRegistered: boolean;
  show: boolean;
  clear: () => void;
}

function Nothing({ onlyRegistered, show, clear }: NothingProps) {
  if (show) {
    return <EmptyState title="No drive is like this" action={<Button onClick={clear}>Show all</Button>} />;
  }
  if (onlyRegistered) {
    return (
      <EmptyState
        title="Not registered for any drive"
        command="placeops registration add --drive DRIVE --student ROLL_NO"
      />
    );
  }
  return <EmptyState title="No drives yet" command="placeops drive create" />;
}
