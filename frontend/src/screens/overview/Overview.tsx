import { Link } from "react-router";
import { useMay } from "@/api/profile";
import { cli } from "@/lib/words";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { QUEUE_COLUMNS } from "../queues/queueColumns";
import { QueueState } from "../queues/QueueState";
import type { TypeStats } from "../queues/useQueues";
import { Attention } from "./Attention";
import { Closing } from "./Closing";
import { HealthStrip } from "./HealthStrip";
import { LastFailures } from "./LastFailures";
import { ThroughputPanel } from "./ThroughputPanel";
import { useStatus } from "./useStatus";

const QUEUES: Column<TypeStats>[] = [
  ...QUEUE_COLUMNS.map((column) => ({
    ...column,
    wideOnly: column.id === "delayed" || column.id === "rate",
  })),
  { id: "state", header: "State", cell: (stats) => <QueueState stats={stats} /> },
];

export default function Overview() {
  const may = useMay();
  const { data: status, error, refetch } = useStatus();
  return (
    <>
      <PageHeader
        title="Overview"
        about={status && <code className="font-mono text-xs break-all">{status.database}</code>}
        actions={<CopyCli command={cli("status", "--watch")} />}
      />
      <div className="space-y-4">
        {error && <ErrorPanel error={error} retry={() => void refetch()} />}
        {!status && !error && <Skeleton lines={6} />}
        {(status || error) && <HealthStrip status={status} error={error} />}
        {status && (
          <>
            <div className="grid items-start gap-4 lg:grid-cols-2">
              <Attention checks={status.attention} />
              <LastFailures />
            </div>
            <ThroughputPanel />
            <Panel
              title="Queues"
              flush
              actions={
                <Link to="/queues" className="text-sm text-accent underline underline-offset-2">
                  Pause, drain, resume
                </Link>
              }
            >
              <DataTable
                label="Queues"
                columns={QUEUES}
                rows={status.queue.types}
                rowKey={(stats) => stats.type}
                empty={null}
              />
            </Panel>
            {may("drive.read") && <Closing drives={status.drives} />}
          </>
        )}
      </div>
    </>
  );
}
