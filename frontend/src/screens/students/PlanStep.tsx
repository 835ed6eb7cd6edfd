import { Check, RefreshCw } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { count, counted } from "@/lib/numbers";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Stat, StatRow } from "@/ui/Facts";
import { Panel } from "@/ui/Panel";
import { ErrorPanel } from "@/ui/States";
import type { RosterReport, RowProblem } from "./importRoster";
import { RowProblems } from "./RowProblems";

interface PlanStepProps {
  report: RosterReport;
  onReplan: () => void;
  onApply: (plan: string) => void;
  busy: boolean;
  /** Why the plan could not be applied. */
  error: unknown;
}

/** Step 3: what the import would do, row errors with it; and the button that does just this. */
export function PlanStep({ report, onReplan, onApply, busy, error }: PlanStepProps) {
  const [asking, setAsking] = useState(false);
  const { plan } = report;
  const acts = report.new + report.changed;
  const stale = Boolean(error) && asProblem(error).code === "plan-changed";
  const words = `Import ${count(report.new)} new and ${count(report.changed)} changed`;
  return (
    <Panel
      title="3. The plan"
      actions={
        acts > 0 && (
          <Button kind="primary" icon={Check} busy={busy} disabled={stale} onClick={() => setAsking(true)}>
            {words}
          </Button>
        )
      }
    >
      <div className="space-y-4">
        {error ? <Failed error={error} stale={stale} onReplan={onReplan} /> : null}
        {acts === 0 && <p className="font-medium">Nothing would change: there is nothing to apply.</p>}
        <StatRow>
          <Stat label="Rows" value={count(report.rows)} />
          <Stat label="New" value={count(report.new)} tone={report.new ? "good" : "neutral"} />
          <Stat label="Changed" value={count(report.changed)} tone={report.changed ? "info" : "neutral"} />
          <Stat label="Unchanged" value={count(report.unchanged)} />
          <Stat
            label="Rejected"
            value={count(report.rejected)}
            about={report.rejected ? "are skipped" : undefined}
            tone={report.rejected ? "bad" : "neutral"}
          />
        </StatRow>
        <Remarks report={report} />
        <RowProblems problems={report.problems} rejected={report.rejected} />
      </div>
      {plan && (
        <ConfirmDialog
          open={asking}
          onOpenChange={setAsking}
          harmless
          title={`${words} students?`}
          confirm="Apply the plan"
          onConfirm={() => {
            setAsking(false);
            onApply(plan);
          }}
        >
          <p>
            Just this plan is applied, all of it at once. If the file or what it would change is another by
            then, nothing happens.
          </p>
          {report.rejected > 0 && <p>{counted(report.rejected, "row")} of the file are left out.</p>}
        </ConfirmDialog>
      )}
    </Panel>
  );
}

/** Colleges that would be created, and cells that are read in a way worth knowing. */
export function Remarks({ report }: { report: RosterReport }) {
  if (!report.new_colleges.length && !report.notes.length) return null;
  return (
    <ul className="list-disc space-y-1 pl-5 text-sm">
      {report.new_colleges.length > 0 && (
        <li>
          New {report.new_colleges.length === 1 ? "college" : "colleges"}: {report.new_colleges.join(", ")}
        </li>
      )}
      {report.notes.map((note) => (
        <li key={`${note.column} ${note.meaning}`}>
          {note.column}: {counted(note.cells, "cell")}, {note.meaning}
        </li>
      ))}
    </ul>
  );
}

interface FailedProps {
  error: unknown;
  stale: boolean;
  onReplan: () => void;
}

function Failed({ error, stale, onReplan }: FailedProps) {
  return (
    <div className="space-y-2">
      <ErrorPanel error={error} />
      {stale && (
        <p className="flex flex-wrap items-center gap-2">
          Nothing was imported.
          <Button icon={RefreshCw} onClick={onReplan}>
            Make a new plan
          </Button>
        </p>
      )}
    </div>
  );
}

/** Why there is no plan: a column is missing, or there are bad rows and none was to be skipped. */
export function Refused({ error, onSkip }: { error: unknown; onSkip: () => void }) {
  const { details } = asProblem(error);
  const problems = Array.isArray(details.problems) ? (details.problems as RowProblem[]) : [];
  return (
    <div className="space-y-4">
      <ErrorPanel error={error} />
      {problems.length > 0 && (
        <Panel title="No plan" actions={<Button onClick={onSkip}>Plan with these rows skipped</Button>}>
          <RowProblems problems={problems} rejected={Number(details.rejected)} />
        </Panel>
      )}
    </div>
  );
}
