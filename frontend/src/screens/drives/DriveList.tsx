import { Plus } from "lucide-react";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { useMay } from "@/api/profile";
import { oneOf, useFilters } from "@/lib/filters";
import { lpaRange } from "@/lib/money";
import { count } from "@/lib/numbers";
import { calendarDay } from "@/lib/time";
import { cli, words } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Select } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { SearchBox } from "@/ui/SearchBox";
import { EmptyState } from "@/ui/States";
import { Time } from "@/ui/Time";

type Drive = Schema<"Drive">;

const STATUSES = ["draft", "posted", "paused", "in_progress", "completed", "cancelled", "archived"] as const;
const WINDOWS = ["not_open", "open", "closed"] as const;

const choices = (any: string, values: readonly string[]) => [
  { value: "", label: any },
  ...values.map((value) => ({ value, label: words(value) })),
];

const COLUMNS: Column<Drive>[] = [
  {
    id: "drive",
    header: "Drive",
    primary: true,
    sort: (drive) => drive.company.toLowerCase(),
    cell: (drive) => (
      <>
        {drive.company} · {drive.title}
        <span className="block font-mono text-xs font-normal text-muted">{drive.code}</span>
      </>
    ),
  },
  {
    id: "status",
    header: "State",
    sort: (drive) => STATUSES.findIndex((status) => status === drive.status),
    cell: (drive) => <StateBadge state={drive.status} />,
  },
  {
    id: "registration",
    header: "Registration",
    sort: (drive) => drive.reg_closes_at,
    cell: (drive) => <RegistrationWindow drive={drive} />,
  },
  {
    id: "ctc",
    header: "CTC",
    align: "right",
    sort: (drive) => drive.ctc_max ?? drive.ctc_min,
    cell: (drive) => <span className="whitespace-nowrap">{lpaRange(drive.ctc_min, drive.ctc_max)}</span>,
  },
  {
    id: "date",
    header: "Drive date",
    sort: (drive) => drive.drive_date,
    cell: (drive) => (
      <span className="whitespace-nowrap">{drive.drive_date ? calendarDay(drive.drive_date) : "–"}</span>
    ),
  },
  {
    id: "selected",
    header: "Selected",
    align: "right",
    sort: (drive) => drive.selection.selected,
    cell: (drive) => count(drive.selection.selected),
  },
  {
    id: "registered",
    header: "Registered",
    align: "right",
    sort: (drive) => drive.registered,
    cell: (drive) => count(drive.registered),
  },
];

function RegistrationWindow({ drive }: { drive: Drive }) {
  if (drive.registration === "open") {
    return (
      <span>
        <StateBadge state="open" /> closes <Time value={drive.reg_closes_at} none="with the drive" />
      </span>
    );
  }
  if (drive.registration === "not_open") {
    return (
      <span>
        {drive.reg_opens_at ? (
          <>
            opens <Time value={drive.reg_opens_at} />
          </>
        ) : (
          "not open"
        )}
      </span>
    );
  }
  if (drive.registration === "closed") {
    return (
      <span className="text-muted">
        closed <Time value={drive.reg_closes_at} none="" />
      </span>
    );
  }
  return <span className="text-muted">–</span>;
}

export default function DriveList() {
  const may = useMay();
  const { get, set, clear } = useFilters();
  const status = oneOf(get("status"), STATUSES);
  const registration = oneOf(get("registration"), WINDOWS);
  const q = get("q") || undefined;
  const filtered = Boolean(status || registration || q);
  const pages = usePages(["drives", { status, registration, q }], async (cursor) =>
    unwrap(await api.GET("/drives", { params: { query: { status, registration, q, cursor } } })),
  );
  const command = cli(
    "drive",
    "list",
    ...(status ? ["--status", status] : []),
    ...(registration ? ["--registration", registration] : []),
    ...(q ? ["--search", q] : []),
  );
  return (
    <>
      <PageHeader
        title="Drives"
        actions={
          <>
            <CopyCli command={command} />
            {may("drive.write") && (
              <ButtonLink to="/drives/new" kind="primary" icon={Plus}>
                New drive
              </ButtonLink>
            )}
          </>
        }
      />
      <div className="mb-3 flex flex-wrap gap-2">
        <SearchBox
          label="Search by code, company or title"
          className="grow basis-56 sm:max-w-80"
          value={get("q")}
          onChange={(value) => set({ q: value })}
        />
        <Select
          label="State"
          bare
          className="max-sm:grow"
          options={choices("Any state", STATUSES)}
          value={status ?? ""}
          onChange={(event) => set({ status: event.target.value })}
        />
        <Select
          label="Registration"
          bare
          className="max-sm:grow"
          options={choices("Any registration", WINDOWS)}
          value={registration ?? ""}
          onChange={(event) => set({ registration: event.target.value })}
        />
        {filtered && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
      <Panel flush>
        <DataTable
          label="Drives"
          columns={COLUMNS}
          pages={pages}
          rowKey={(drive) => drive.id}
          rowHref={(drive) => `/drives/${drive.id}`}
          empty={filtered ? <NoMatch clear={clear} /> : <NoDrives mayWrite={may("drive.write")} />}
        />
      </Panel>
    </>
  );
}

const NoMatch = ({ clear }: { clear: () => void }) => (
  <EmptyState
    title="No drive matches these filters"
    action={<Button onClick={clear}>Clear the filters</Button>}
  />
);

const NoDrives = ({ mayWrite }: { mayWrite: boolean }) =>
  mayWrite ? (
    <EmptyState
      title="No drives yet"
      command="placeops drive create"
      action={
        <ButtonLink to="/drives/new" kind="primary" icon={Plus}>
          New drive
        </ButtonLink>
      }
    >
      A drive holds a company's offer, who may register for it, and until when.
    </EmptyState>
  ) : (
    <EmptyState title="No drives yet">The placement office creates drives; they appear here.</EmptyState>
  );
