import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { useFilters } from "@/lib/filters";
import { cli, words } from "@/lib/words";
import { Badge, StateBadge } from "@/ui/Badge";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Checkbox } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { Time } from "@/ui/Time";
import { JOB_TYPES, typeWords } from "../jobs/jobWords";
import { useWorkers, type Worker } from "./useWorkers";

/** What the jobs that run are about, by their ids. */
function useRunning() {
  const { data } = useQuery({
    queryKey: ["jobs", "running"],
    queryFn: async () =>
      unwrap(await api.GET("/jobs", { params: { query: { state: "active", limit: 200 } } })).items,
    meta: { live: true },
  });
  return new Map(data?.map((job) => [job.id, job.about]));
}

const COLUMNS = (about: ReadonlyMap<number, string>): Column<Worker>[] => [
  {
    id: "process",
    header: "Process",
    primary: true,
    sort: (worker) => worker.id,
    cell: (worker) => (
      <>
        <span className="font-medium">
          {words(worker.kind)} {worker.id}
        </span>
        <span className="block text-xs font-normal break-all text-muted">
          {worker.host}, pid {worker.pid}
        </span>
      </>
    ),
  },
  {
    id: "state",
    header: "State",
    sort: (worker) => worker.state,
    cell: (worker) => <State worker={worker} />,
  },
  {
    id: "jobs",
    header: "Works on",
    cell: (worker) => <Jobs worker={worker} about={about} />,
  },
  {
    id: "types",
    header: "Takes",
    cell: (worker) => <Types types={worker.types} />,
  },
  {
    id: "version",
    header: "Version",
    sort: (worker) => worker.version,
    cell: (worker) => <span className="font-mono text-xs">{worker.version || "unknown"}</span>,
  },
  {
    id: "since",
    header: "Since",
    sort: (worker) => worker.started_at,
    cell: (worker) => <Time value={worker.started_at} />,
  },
  {
    id: "beat",
    header: "Last beat",
    sort: (worker) => worker.beat_at,
    cell: (worker) => <Time value={worker.beat_at} />,
  },
];

function State({ worker }: { worker: Worker }) {
  if (worker.state !== "alive") {
    return (
      <>
        <StateBadge state={worker.state} />
        {worker.stopped_at && (
          <span className="block text-xs text-muted">
            <Time value={worker.stopped_at} />
          </span>
        )}
      </>
    );
  }
  return (
    <>
      <Badge tone="good">Alive</Badge>
      {worker.redis_down_since && (
        <span className="mt-0.5 block text-xs text-warn">
          without Redis since <Time value={worker.redis_down_since} as="stamp" />
        </span>
      )}
    </>
  );
}

function Jobs({ worker, about }: { worker: Worker; about: ReadonlyMap<number, string> }) {
  if (!worker.job_ids.length) return <span className="text-muted">–</span>;
  return (
    <ul>
      {worker.job_ids.map((id) => (
        <li key={id}>
          <Link to={`/jobs/${id}`} className="text-accent underline underline-offset-2">
            {about.get(id) ?? `Job ${id}`}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Types({ types }: { types: readonly string[] }) {
  if (!types.length) return <span className="text-muted">–</span>;
  if (JOB_TYPES.every((type) => types.includes(type))) return <>every type</>;
  return <>{types.map(typeWords).join(", ")}</>;
}

export default function WorkerList() {
  const { get, set } = useFilters();
  const all = get("all") === "1";
  const workers = useWorkers(all);
  const about = useRunning();
  return (
    <>
      <PageHeader
        title="Workers"
        about="The processes that do the jobs, and those that keep time."
        actions={
          <>
            <Checkbox
              label="With those that ended within a day"
              checked={all}
              onChange={(event) => set({ all: event.target.checked ? "1" : null })}
            />
            <CopyCli command={cli("worker", "list", all && "--all")} />
          </>
        }
      />
      <Panel flush>
        <DataTable
          label="Workers"
          columns={COLUMNS(about)}
          rows={workers.data}
          isPending={workers.isPending}
          error={workers.error}
          retry={() => void workers.refetch()}
          rowKey={(worker) => worker.id}
          empty={
            <EmptyState title="No worker is alive" command="placeops worker run">
              Jobs are accepted and wait until one is started.
            </EmptyState>
          }
        />
      </Panel>
    </>
  );
}
