import { CircleCheck, FileUp } from "lucide-react";
import { count } from "@/lib/numbers";
import { Button, ButtonLink } from "@/ui/Button";
import { Stat, StatRow } from "@/ui/Facts";
import { Panel } from "@/ui/Panel";
import type { RosterReport } from "./importRoster";
import { Remarks } from "./PlanStep";
import { RowProblems } from "./RowProblems";

/** What an import has done. */
export function ImportResult({ told, onAgain }: { told: RosterReport; onAgain: () => void }) {
  return (
    <Panel title="The result">
      <div className="space-y-4">
        <p className="flex items-center gap-2 font-medium text-good" role="status">
          <CircleCheck aria-hidden size={18} />
          The roster is imported, just as it was planned.
        </p>
        <StatRow>
          <Stat label="Added" value={count(told.new)} tone="good" />
          <Stat label="Changed" value={count(told.changed)} tone="info" />
          <Stat label="Unchanged" value={count(told.unchanged)} />
          <Stat label="Left out" value={count(told.rejected)} tone={told.rejected ? "bad" : "neutral"} />
        </StatRow>
        <Remarks report={told} />
        <RowProblems problems={told.problems} rejected={told.rejected} />
        <div className="flex flex-wrap gap-2">
          <ButtonLink to="/students" kind="primary">
            To the students
          </ButtonLink>
          <Button icon={FileUp} onClick={onAgain}>
            Import another roster
          </Button>
        </div>
      </div>
    </Panel>
  );
}
