import { counted } from "@/lib/numbers";
import { Button } from "@/ui/Button";
import { DataTable, type Column } from "@/ui/DataTable";
import { EmptyState } from "@/ui/States";
import { PROBLEMS, type Plan, type Problem } from "./publishing";

interface PlanProblemsProps {
  plan: Plan;
  /** The line of the list behind a place in the request. */
  lineOf: ((place: number) => number) | null;
  /** Takes students out of the list by their places; null where that cannot be done. */
  onLeaveOut: ((places: number[]) => void) | null;
}

const REFUSED = ["unknown", "ambiguous", "not eligible"];

/** What is wrong with a list, line by line, and the button that leaves these lines out. */
export function PlanProblems({ plan, lineOf, onLeaveOut }: PlanProblemsProps) {
  if (!plan.problems.length) return null;
  const total = Object.values(plan.problem_counts).reduce((sum, number) => sum + number, 0);
  const refused = plan.problems.filter(({ problem }) => REFUSED.includes(problem));
  const columns: Column<Problem>[] = [
    {
      id: "value",
      header: "Roll number",
      primary: true,
      cell: ({ value }) => <span className="font-mono break-all">{value}</span>,
    },
    {
      id: "problem",
      header: "Problem",
      cell: ({ problem, detail }) => (PROBLEMS[problem] ?? problem) + (detail ? `: ${detail}` : ""),
    },
  ];
  if (lineOf) {
    columns.unshift({ id: "line", header: "Line", cell: ({ line }) => lineOf(line) });
  }
  return (
    <section aria-label="Lines with a problem" className="rounded-lg border border-line">
      <header className="flex flex-wrap items-center justify-between gap-2 px-4 py-2">
        <p className="text-muted">
          {total > plan.problems.length
            ? `The first ${plan.problems.length} of ${counted(total, "problem")}`
            : counted(total, "problem")}
          :{" "}
          {Object.entries(plan.problem_counts)
            .map(([kind, number]) => `${number} ${PROBLEMS[kind] ?? kind}`)
            .join("; ")}
        </p>
        {onLeaveOut && refused.length > 0 && (
          <Button size="small" onClick={() => onLeaveOut(refused.map(({ line }) => line))}>
            Leave {refused.length === 1 ? "this line" : `these ${refused.length} lines`} out
          </Button>
        )}
      </header>
      <div className="max-h-80 overflow-y-auto border-t border-line">
        <DataTable
          label="Lines with a problem"
          columns={columns}
          rows={plan.problems}
          rowKey={({ line, problem }) => `${line} ${problem}`}
          empty={<EmptyState title="No problems" />}
        />
      </div>
    </section>
  );
}
