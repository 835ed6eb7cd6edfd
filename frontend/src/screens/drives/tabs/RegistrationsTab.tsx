import { UserMinus, UserPlus } from "lucide-react";
import { useState } from "react";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { useMay } from "@/api/profile";
import { oneOf, useFilters } from "@/lib/filters";
import { studentPath } from "@/lib/students";
import { cli, words } from "@/lib/words";
import { Badge, StateBadge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Select } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { SearchBox } from "@/ui/SearchBox";
import { EmptyState } from "@/ui/States";
import { Time } from "@/ui/Time";
import { BranchFilter, CollegeFilter } from "../../students/StudentFilters";
import { StudentName } from "../../students/StudentName";
import { RegisterDialog } from "./RegisterDialog";
import { WithdrawDialog } from "./WithdrawDialog";

type Drive = Schema<"Drive">;
type Registration = Schema<"Registration">;

const STATUSES = ["registered", "withdrawn"] as const;
const CHANNELS: Record<string, string> = { SELF: "by the student", STAFF: "by the office", LATE: "late" };

function columns(withdraw: ((registration: Registration) => void) | null): Column<Registration>[] {
  const shown: Column<Registration>[] = [
    {
      id: "student",
      header: "Student",
      primary: true,
      sort: (row) => row.name.toLowerCase(),
      cell: (row) => <StudentName student={row} />,
    },
    {
      id: "branch",
      header: "Branch",
      sort: (row) => row.branch,
      cell: (row) => [row.branch, row.batch_year].filter(Boolean).join(" · ") || "unknown",
    },
    {
      id: "status",
      header: "State",
      sort: (row) => row.status,
      cell: (row) => (
        <>
          <StateBadge state={row.status} />
          {row.withdrawn_at && (
            <span className="ml-2 text-xs text-muted">
              <Time value={row.withdrawn_at} />
            </span>
          )}
        </>
      ),
    },
    {
      id: "registered",
      header: "Registered",
      sort: (row) => row.registered_at,
      cell: (row) => <Time value={row.registered_at} />,
    },
    { id: "how", header: "How", sort: (row) => row.channel, cell: (row) => <How row={row} /> },
  ];
  if (!withdraw) return shown;
  return [
    ...shown,
    {
      id: "acts",
      header: "Acts",
      align: "right",
      cell: (row) =>
        row.status === "registered" && (
          <Button
            size="small"
            kind="quiet"
            icon={UserMinus}
            aria-label={`Withdraw ${row.name}`}
            onClick={() => withdraw(row)}
          >
            Withdraw
          </Button>
        ),
    },
  ];
}

function How({ row }: { row: Registration }) {
  return (
    <span className="text-muted">
      {row.channel === "LATE" ? <Badge tone="warn">Late</Badge> : CHANNELS[row.channel]}
      {row.channel !== "SELF" && <span className="ml-1.5">{row.registered_by}</span>}
      {row.reason && <span className="block max-w-80 text-xs break-words">“{row.reason}”</span>}
    </span>
  );
}

/** Who is registered for a drive; register somebody, late too, and withdraw. */
export default function RegistrationsTab({ drive }: { drive: Drive }) {
  const may = useMay();
  const { get, set } = useFilters();
  const [registering, setRegistering] = useState(false);
  const [leaving, setLeaving] = useState<Registration | null>(null);
  const status = oneOf(get("status"), STATUSES);
  const query = {
    status,
    q: get("q") || undefined,
    college: get("college") || undefined,
    branch: get("branch") || undefined,
  };
  const pages = usePages(["drives", drive.id, "registrations", query], async (cursor) =>
    unwrap(
      await api.GET("/drives/{ref}/registrations", {
        params: { path: { ref: String(drive.id) }, query: { ...query, cursor } },
      }),
    ),
  );
  const filtered = Object.values(query).some(Boolean);
  const clear = () => set({ status: null, q: null, college: null, branch: null });
  const mayWrite = may("registration.write");
  const registers = mayWrite && ["open", "closed"].includes(drive.registration);
  const withdraws = mayWrite && ["open", "closed", "paused"].includes(drive.registration);
  return (
    <>
      <div className="mb-3 flex flex-wrap gap-2">
        <SearchBox
          label="Search by roll number or name"
          className="grow basis-full sm:max-w-80 sm:basis-56"
          value={get("q")}
          onChange={(q) => set({ q })}
        />
        <Select
          label="State"
          bare
          className="max-sm:grow"
          options={[
            { value: "", label: "Any state" },
            ...STATUSES.map((value) => ({ value, label: words(value) })),
          ]}
          value={status ?? ""}
          onChange={(event) => set({ status: event.target.value })}
        />
        <CollegeFilter value={get("college")} onChange={(college) => set({ college })} />
        <BranchFilter value={get("branch")} onChange={(branch) => set({ branch })} />
        {filtered && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
        <div className="ml-auto flex gap-2">
          <CopyCli command={listCommand(drive, query)} />
          {registers && (
            <Button icon={UserPlus} onClick={() => setRegistering(true)}>
              {drive.registration === "open" ? "Register a student" : "Register late"}
            </Button>
          )}
        </div>
      </div>
      <Panel flush>
        <DataTable
          label={`Registrations for ${drive.company}`}
          columns={columns(withdraws ? setLeaving : null)}
          pages={pages}
          rowKey={(row) => row.id}
          rowHref={studentPath}
          empty={filtered ? <NoMatch clear={clear} /> : <Nobody drive={drive} />}
        />
      </Panel>
      {registering && <RegisterDialog drive={drive} onClose={() => setRegistering(false)} />}
      {leaving && <WithdrawDialog drive={drive} registration={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

function listCommand(drive: Drive, query: Record<string, string | undefined>): string {
  const { status, q, college, branch } = query;
  return cli(
    ...["registration", "list", "--drive", drive.code],
    ...(status ? ["--status", status] : []),
    ...(college ? ["--college", college] : []),
    ...(branch ? ["--branch", branch] : []),
    ...(q ? ["--search", q] : []),
  );
}

const NoMatch = ({ clear }: { clear: () => void }) => (
  <EmptyState
    title="No registration matches these filters"
    action={<Button onClick={clear}>Clear the filters</Button>}
  />
);

function Nobody({ drive }: { drive: Drive }) {
  if (drive.status === "draft") {
    return (
      <EmptyState title="Nobody can register yet" command={cli("drive", "publish", drive.code)}>
        Students register once the drive is published.
      </EmptyState>
    );
  }
  if (drive.registration === "not_open") {
    return (
      <EmptyState title="Registration has not opened">
        It opens <Time value={drive.reg_opens_at} />.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nobody has registered" command={cli("registration", "add", "--drive", drive.code)}>
      {drive.registration === "open" && "Students register themselves until registration closes."}
    </EmptyState>
  );
}
