import { Link } from "react-router";
import { count } from "@/lib/numbers";
import type { Column } from "@/ui/DataTable";
import { Time } from "@/ui/Time";
import { typeWords } from "../jobs/jobWords";
import type { TypeStats } from "./useQueues";

/** A number that leads to the jobs it counts. */
function Jobs({ stats, state, number }: { stats: TypeStats; state: string; number: number }) {
  if (number === 0) return <span className="text-muted">0</span>;
  return (
    <Link
      to={`/jobs?state=${state}&type=${encodeURIComponent(stats.type)}`}
      aria-label={`${count(number)} ${state} jobs of ${typeWords(stats.type)}`}
      className={
        state === "failed"
          ? "font-medium text-bad underline underline-offset-2"
          : "underline underline-offset-2"
      }
    >
      {count(number)}
    </Link>
  );
}

const PER_MINUTE = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 1 });

export const QUEUE_COLUMNS: Column<TypeStats>[] = [
  {
    id: "type",
    header: "Queue",
    primary: true,
    sort: (one) => typeWords(one.type),
    cell: (one) => (
      <>
        <span className="font-medium">{typeWords(one.type)}</span>
        <span className="block font-mono text-xs font-normal text-muted">{one.type}</span>
      </>
    ),
  },
  {
    id: "waiting",
    header: "Waiting",
    align: "right",
    sort: (one) => one.waiting,
    cell: (one) => <Jobs stats={one} state="waiting" number={one.waiting} />,
  },
  {
    id: "oldest",
    header: "Oldest",
    sort: (one) => one.oldest_waiting_at,
    cell: (one) => <Time value={one.oldest_waiting_at} />,
  },
  {
    id: "active",
    header: "Running",
    align: "right",
    sort: (one) => one.active,
    cell: (one) => (
      <span className="whitespace-nowrap">
        <Jobs stats={one} state="active" number={one.active} />
        <span className="text-muted"> of {one.concurrency * one.workers}</span>
      </span>
    ),
  },
  {
    id: "delayed",
    header: "Delayed",
    align: "right",
    sort: (one) => one.delayed,
    cell: (one) => <Jobs stats={one} state="delayed" number={one.delayed} />,
  },
  {
    id: "failed",
    header: "Failed",
    align: "right",
    sort: (one) => one.failed,
    cell: (one) => <Jobs stats={one} state="failed" number={one.failed} />,
  },
  {
    id: "rate",
    header: "Done",
    align: "right",
    sort: (one) => one.per_minute,
    cell: (one) => (
      <span className="whitespace-nowrap">
        {PER_MINUTE.format(one.per_minute)}
        <span className="text-muted"> / min</span>
        <span className="block text-xs text-muted">{count(one.completed_last_hour)} in the last hour</span>
      </span>
    ),
  },
];
