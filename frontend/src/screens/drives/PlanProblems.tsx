import { count, counted } from "@/lib/numbers";
import { Button } from "@/ui/Button";
import { DataTable, type Column } from "@/ui/DataTable";
import { EmptyState } from "@/ui/States";
import { PROBLEMS, type Plan, type Problem, type Wanted } from "./publishing";

interface PlanProblemsProps {
  plan: Plan;
  wanted: Wanted;
  /** Takes students out of the list by their places; null where that cannot be done. */
  onLeaveOut: ((places: number[]) => void) | null;
}

/** What is wrong with a list, line by line, and the button that leaves these lines out. */
export function PlanProblems({ plan, wanted, onLeaveOut }: PlanProblemsProps) {
  if (!plan.problems.length) return null;
  const counts = plan.problem_counts;
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  const places = (...kinds: string[]) =>
    plan.problems.filter(({ problem }) => kinds.includes(problem)).map(({ line }) => line);
  const [strangers, unfit] = [places("unknown", "ambiguous"), places("not eligible")];
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
  if (wanted.way === "list") {
    const lineOf = (place: number) => wanted.entries[place - 1]?.line ?? place;
    columns.unshift({ id: "line", header: "Line", cell: ({ line }) => lineOf(line) });
  }
  return (
    <section className="rounded-lg border border-line">
      <header className="flex flex-wrap items-center justify-between gap-2 px-4 py-2">
        <p className="text-muted">
          {total > plan.problems.length && `The first ${plan.problems.length} of `}
          {counted(total, "problem")}:{" "}
          {Object.entries(counts)
            .map(([kind, number]) => `${count(number)} ${kind}`)
            .join(", ")}
        </p>
        {onLeaveOut && (
          <div className="flex flex-wrap gap-2">
            {strangers.length > 0 && (
              <Button size="small" onClick={() => onLeaveOut(strangers)}>
                Leave out {listed(strangers, counts.unknown, counts.ambiguous)} not identified
              </Button>
            )}
            {unfit.length > 0 && (
              <Button size="small" onClick={() => onLeaveOut(unfit)}>
                Leave out {listed(unfit, counts["not eligible"])} not eligible
              </Button>
            )}
          </div>
        )}
      </header>
      <div
        role="region"
        aria-label="Lines with a problem"
        // A box that scrolls is reached by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="max-h-80 overflow-y-auto border-t border-line"
      >
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

/** How many lines a button takes: all of a kind, or as many as are listed. */
function listed(lines: readonly number[], ...kinds: (number | undefined)[]): string {
  const all = kinds.reduce<number>((sum, number) => sum + (number ?? 0), 0);
  return lines.length < all ? `the first ${lines.length}` : count(lines.length);
}
