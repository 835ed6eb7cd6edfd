import { useState } from "react";
import { count, counted } from "@/lib/numbers";
import { Button } from "@/ui/Button";
import { BulkDialog, type BulkAct } from "./BulkDialog";
import type { JobFilter } from "./jobFilter";
import { isFinished, mayRetry, type Job } from "./jobWords";

interface BulkBarProps {
  filter: JobFilter;
  rows: readonly Job[];
  /** How many fit the filter, all pages together; null: not known yet. */
  matching: number | null;
  chosen: ReadonlySet<string>;
  onChange: (chosen: Set<string>) => void;
}

/** What can be done with the chosen jobs, or with all that match. */
export function BulkBar({ filter, rows, matching, chosen, onChange }: BulkBarProps) {
  const [all, setAll] = useState(false);
  const [act, setAct] = useState<BulkAct | null>(null);
  if (all && chosen.size === 0) setAll(false);
  if (chosen.size === 0) return null;
  const jobs = rows.filter((job) => chosen.has(String(job.id)));
  const whole = jobs.length === rows.length && matching !== null && matching > rows.length;
  const ids = all ? null : jobs.map((job) => job.id);
  const open = (verb: BulkAct["verb"]) => setAct({ verb, ids, filter });
  const finished = filter.state !== undefined && isFinished(filter.state);
  const retries = all
    ? filter.state === undefined || filter.state === "failed" || filter.state === "cancelled"
    : jobs.some(mayRetry);
  const cancels = all ? !finished : jobs.some((job) => !isFinished(job.state));
  return (
    <div
      role="group"
      aria-label="Chosen jobs"
      className="mb-3 flex flex-wrap items-center gap-2 rounded-lg border border-accent/40 bg-accent-soft px-3 py-2"
    >
      <p className="mr-auto font-medium" role="status">
        {all ? `All ${count(matching)} jobs that match` : `${counted(jobs.length, "job")} selected`}
      </p>
      {whole && !all && (
        <Button size="small" kind="quiet" onClick={() => setAll(true)}>
          Select all {count(matching)} that match
        </Button>
      )}
      {retries && (
        <Button size="small" onClick={() => open("retry")}>
          Retry…
        </Button>
      )}
      {cancels && (
        <Button size="small" onClick={() => open("cancel")}>
          Cancel…
        </Button>
      )}
      {!retries && !cancels && <p className="text-sm text-muted">Completed jobs stay as they are.</p>}
      <Button size="small" kind="quiet" onClick={() => onChange(new Set())}>
        Select none
      </Button>
      {act && (
        <BulkDialog
          act={act}
          onClose={() => setAct(null)}
          onDone={() => {
            setAct(null);
            onChange(new Set());
          }}
        />
      )}
    </div>
  );
}
