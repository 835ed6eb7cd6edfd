import { api, unwrap } from "@/api/client";
import { usePages } from "@/api/pages";
import { useFilters } from "@/lib/filters";
import { sinceOf, SPANS } from "@/lib/since";
import { fromInput } from "@/lib/time";
import { cli, words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable } from "@/ui/DataTable";
import { Input, Select } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { SuggestBox } from "@/ui/SuggestBox";
import { AUDIT_COLUMNS } from "./auditColumns";

const OBJECTS = [
  "drive",
  "registration",
  "offer",
  "export",
  "roster",
  "job",
  "job_type",
  "schedule",
  "user",
  "token",
  "backup",
  "database",
];

const ACTIONS = [
  "drive.create",
  "drive.update",
  "drive.publish",
  "drive.extend",
  "drive.cancel",
  "registration.add",
  "registration.withdraw",
  "attendance.finalise",
  "offer.record",
  "export.request",
  "export.download",
  "students.imported",
  "job.retry",
  "job.cancel",
  "queue.pause",
  "queue.drain",
  "queue.resume",
  "schedule.run",
  "user.create",
  "user.set-role",
  "session.start",
  "token.create",
];

const FILTERS = ["actor", "action", "object", "id", "request", "since", "until"] as const;
type Filters = Record<(typeof FILTERS)[number], string>;

/** The end of a day in the college's zone: acts before it are those of the day and earlier. */
function endOf(date: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
  const next = new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return fromInput(`${next}T00:00`) ?? undefined;
}

const OPTIONS: [keyof Filters, string][] = [
  ["actor", "--actor"],
  ["action", "--action"],
  ["object", "--object"],
  ["id", "--id"],
  ["request", "--request"],
  ["since", "--since"],
];

export default function AuditList() {
  const { get, set, clear } = useFilters();
  const filters = Object.fromEntries(FILTERS.map((name) => [name, get(name)])) as Filters;
  const pages = usePages(["audit", filters], async (cursor) =>
    unwrap(
      await api.GET("/audit", {
        params: {
          query: {
            actor: filters.actor || undefined,
            action: filters.action || undefined,
            object_type: filters.object || undefined,
            object_id: filters.id || undefined,
            request_id: filters.request || undefined,
            since: sinceOf(filters.since),
            until: endOf(filters.until),
            cursor,
          },
        },
      }),
    ),
  );
  const given = OPTIONS.flatMap(([name, option]) => (filters[name] ? [option, filters[name]] : []));
  const actors = [...new Set(pages.rows.map((event) => event.actor))].sort();
  const actions = [...new Set([...ACTIONS, ...pages.rows.map((event) => event.action)])].sort();
  const filtered = FILTERS.some((name) => filters[name]);
  return (
    <>
      <PageHeader
        title="Audit"
        about="Who changed what, when, and in which request. Nothing here can be changed."
        actions={<CopyCli command={cli("audit", "list", ...given)} />}
      />
      <div className="mb-3 grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        <SuggestBox
          label="By whom"
          search
          className="sm:w-44"
          value={filters.actor}
          suggestions={actors}
          onChange={(actor) => set({ actor })}
        />
        <SuggestBox
          label="Act"
          className="sm:w-44"
          value={filters.action}
          suggestions={actions}
          onChange={(action) => set({ action })}
        />
        <Select
          label="Kind of object"
          bare
          options={[
            { value: "", label: "Any object" },
            ...OBJECTS.map((value) => ({ value, label: words(value) })),
          ]}
          value={filters.object}
          onChange={(event) => set({ object: event.target.value })}
        />
        <SuggestBox
          label="Number"
          className="sm:w-28"
          value={filters.id}
          suggestions={[]}
          onChange={(id) => set({ id })}
        />
        <SuggestBox
          label="Request"
          className="sm:w-32"
          value={filters.request}
          suggestions={[]}
          onChange={(request) => set({ request })}
        />
        <Select
          label="Since"
          bare
          options={[{ value: "", label: "At any time" }, ...SPANS]}
          value={filters.since}
          onChange={(event) => set({ since: event.target.value })}
        />
        <span className="flex items-center gap-1.5 max-sm:col-span-2">
          <span aria-hidden className="whitespace-nowrap text-muted">
            up to
          </span>
          <Input
            label="Up to the day"
            bare
            type="date"
            className="grow"
            value={filters.until}
            onChange={(event) => set({ until: event.target.value })}
          />
        </span>
        {filtered && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
      <Panel flush>
        <DataTable
          label="Audit"
          columns={AUDIT_COLUMNS}
          pages={pages}
          rowKey={(event) => event.id}
          empty={
            filtered ? (
              <EmptyState
                title="No act matches these filters"
                action={<Button onClick={clear}>Clear the filters</Button>}
              />
            ) : (
              <EmptyState title="Nothing was changed yet">Every change is written down here.</EmptyState>
            )
          }
        />
      </Panel>
    </>
  );
}
