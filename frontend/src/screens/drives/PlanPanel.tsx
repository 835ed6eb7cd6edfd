import { Send } from "lucide-react";
import { useSeveralColleges } from "@/api/choices";
import type { Schema } from "@/api/client";
import { count, counted } from "@/lib/numbers";
import { studentPath } from "@/lib/students";
import { Link } from "react-router";
import { Button } from "@/ui/Button";
import { Stat, StatRow } from "@/ui/Facts";
import { Textarea } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { PlanProblems } from "./PlanProblems";
import { unchangedIn, type Plan, type Wanted } from "./publishing";

type Mover = Schema<"Mover">;

interface PlanPanelProps {
  drive: Schema<"Drive">;
  told: Schema<"Published">;
  /** The list or the choice has changed since the plan was made. */
  stale: boolean;
  reason: string;
  onReason: (reason: string) => void;
  planAgain: () => void;
  planning: boolean;
  /** What the plan was made for. */
  wanted: Wanted;
  mayPlan: boolean;
  onLeaveOut: ((places: number[]) => void) | null;
  onPublish: () => void;
  publishing: boolean;
}

/** What a publish would do, from the server's dry run: who comes, goes and stays, what is refused, and the button. */
export function PlanPanel({ drive, told, stale, ...rest }: PlanPanelProps) {
  const { plan, refused } = told;
  const nothing = drive.status !== "draft" && plan.added === 0 && plan.removed === 0;
  return (
    <Panel title="Plan">
      <div className="space-y-4" aria-live="polite">
        <StatRow>
          <Stat label="Selected then" value={count(plan.selected)} />
          <Stat label="Added" value={count(plan.added)} tone={plan.added ? "good" : "neutral"} />
          <Stat
            label="Removed"
            value={count(plan.removed)}
            tone={plan.removed ? "bad" : "neutral"}
            about={
              plan.removed_registered
                ? `${count(plan.removed_registered)} of them stay registered`
                : undefined
            }
          />
          <Stat label="Unchanged" value={count(unchangedIn(plan))} />
          <Stat
            label="By override"
            value={count(plan.overridden)}
            tone={plan.overridden ? "warn" : "neutral"}
          />
        </StatRow>
        {refused && <Refused plan={plan} code={refused} />}
        {(refused === "students-not-eligible" || rest.reason !== "") && (
          <Textarea
            label="Reason to select students who are not eligible"
            hint="It is kept with the selection and in the audit log. Plan again to see them counted as overrides."
            rows={2}
            maxLength={500}
            value={rest.reason}
            onChange={(event) => rest.onReason(event.target.value)}
          />
        )}
        <PlanProblems plan={plan} wanted={rest.wanted} onLeaveOut={rest.onLeaveOut} />
        <Movers title="Who comes" total={plan.added} students={plan.added_students ?? []} />
        <Movers title="Who leaves" total={plan.removed} students={plan.removed_students ?? []} />
        <Movers
          title="Who is on it by override"
          total={plan.overridden}
          students={plan.overridden_students ?? []}
        />
        <div className="flex flex-wrap items-center gap-2">
          {stale ? (
            <>
              <Button kind="primary" busy={rest.planning} disabled={!rest.mayPlan} onClick={rest.planAgain}>
                Plan again
              </Button>
              <p className="text-muted">
                {rest.mayPlan
                  ? "What is wanted has changed since this plan was made."
                  : "Nobody is left on the list."}
              </p>
            </>
          ) : (
            <>
              <Button
                kind="primary"
                icon={Send}
                busy={rest.publishing}
                disabled={Boolean(refused) || nothing}
                onClick={rest.onPublish}
              >
                {publishWords(drive, plan)}
              </Button>
              {nothing && !refused && <p className="text-muted">Nothing would change.</p>}
            </>
          )}
        </div>
      </div>
    </Panel>
  );
}

/** `Publish to 548 students`, `Publish: 12 added, 3 removed` */
function publishWords(drive: Schema<"Drive">, plan: Plan): string {
  if (drive.status === "draft") return `Publish to ${counted(plan.selected, "student")}`;
  const parts = [
    plan.added && `${count(plan.added)} added`,
    plan.removed && `${count(plan.removed)} removed`,
  ];
  return `Publish${parts.some(Boolean) ? `: ${parts.filter(Boolean).join(", ")}` : ""}`;
}

function Refused({ plan, code }: { plan: Plan; code: string }) {
  const { unknown = 0, ambiguous = 0, "not eligible": unfit = 0 } = plan.problem_counts;
  return (
    <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft px-4 py-3">
      <p className="font-medium text-bad">
        {code === "students-unknown"
          ? `${counted(unknown + ambiguous, "line")} cannot be identified; nothing can be published like this.`
          : `${counted(unfit, "student")} on the list ${unfit === 1 ? "is" : "are"} not eligible.`}
      </p>
      <p>
        {code === "students-unknown"
          ? "Correct these lines or leave them out; write COLLEGE:ROLL_NO where a roll number is not enough."
          : "Leave them out, or give a reason to select them all the same."}
      </p>
    </div>
  );
}

function Movers({ title, total, students }: { title: string; total: number; students: readonly Mover[] }) {
  const several = useSeveralColleges();
  if (!total) return null;
  return (
    <details className="rounded-lg border border-line">
      <summary className="cursor-pointer px-4 py-2 font-medium">
        {title}: {counted(total, "student")}
      </summary>
      <ul className="grid max-h-72 gap-x-4 gap-y-1 overflow-y-auto border-t border-line px-4 py-3 sm:grid-cols-2 lg:grid-cols-3">
        {students.map((student) => (
          <li key={student.student_id} className="min-w-0">
            <Link to={studentPath(student)} className="underline-offset-2 hover:underline">
              <bdi>{student.name}</bdi>{" "}
              <span className="font-mono text-xs break-all text-muted">
                {several && `${student.college} · `}
                {student.roll_no}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {total > students.length && (
        <p className="border-t border-line px-4 py-2 text-xs text-muted">
          The first {students.length}, by college and roll number.
        </p>
      )}
    </details>
  );
}
