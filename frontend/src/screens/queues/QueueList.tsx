import { Pause, Play, Waves } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useMay } from "@/api/profile";
import { counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { typeWords } from "../jobs/jobWords";
import { HoldDialog, type Hold } from "./HoldDialog";
import { QUEUE_COLUMNS } from "./queueColumns";
import { QueueState } from "./QueueState";
import { useQueues, type TypeStats } from "./useQueues";

export default function QueueList() {
  const may = useMay();
  const queues = useQueues();
  const [asking, setAsking] = useState<{ hold: Hold; type: string } | null>(null);
  const stats = queues.data?.types.find((one) => one.type === asking?.type);
  const columns: Column<TypeStats>[] = [
    ...QUEUE_COLUMNS,
    { id: "state", header: "State", cell: (one) => <QueueState stats={one} /> },
  ];
  if (may("queue.manage")) {
    columns.push({
      id: "acts",
      header: "Acts",
      align: "right",
      cell: (one) => <Acts stats={one} ask={(hold) => setAsking({ hold, type: one.type })} />,
    });
  }
  return (
    <>
      <PageHeader
        title="Queues"
        about="One for each type of jobs. A paused one keeps what comes; a draining one refuses what is new and finishes the rest."
        actions={<CopyCli command={cli("queue", "stats")} />}
      />
      <Panel flush>
        <DataTable
          label="Queues"
          columns={columns}
          rows={queues.data?.types}
          isPending={queues.isPending}
          error={queues.error}
          retry={() => void queues.refetch()}
          rowKey={(one) => one.type}
          empty={<EmptyState title="No types of jobs" command="placeops db migrate" />}
        />
      </Panel>
      <p className="mt-2 text-xs text-muted">
        {counted(queues.data?.workers ?? 0, "worker")} and{" "}
        {counted(queues.data?.schedulers ?? 0, "scheduler")} alive:{" "}
        <Link to="/workers" className="text-accent underline underline-offset-2">
          see them
        </Link>
        .
      </p>
      {asking && stats && <HoldDialog {...asking} stats={stats} onClose={() => setAsking(null)} />}
    </>
  );
}

function Acts({ stats, ask }: { stats: TypeStats; ask: (hold: Hold) => void }) {
  const name = typeWords(stats.type);
  const held = stats.paused_at !== null || stats.draining_at !== null;
  return (
    <div className="flex justify-end gap-1">
      {held && (
        <Button size="small" icon={Play} aria-label={`Resume ${name}`} onClick={() => ask("resume")}>
          Resume
        </Button>
      )}
      {stats.paused_at === null && (
        <Button size="small" icon={Pause} aria-label={`Pause ${name}`} onClick={() => ask("pause")}>
          Pause
        </Button>
      )}
      {!held && (
        <Button size="small" icon={Waves} aria-label={`Drain ${name}`} onClick={() => ask("drain")}>
          Drain
        </Button>
      )}
    </div>
  );
}
