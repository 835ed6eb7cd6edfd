import { count } from "@/lib/numbers";
import { DataTable, type Column } from "@/ui/DataTable";
import type { RowProblem } from "./importRoster";

const COLUMNS: Column<RowProblem>[] = [
  {
    id: "line",
    header: "Line",
    align: "right",
    primary: true,
    sort: (problem) => problem.line,
    cell: (problem) => (
      <>
        <span className="sm:hidden">Line </span>
        {problem.line}
      </>
    ),
  },
  {
    id: "column",
    header: "Column",
    sort: (problem) => problem.column,
    cell: (problem) => problem.column || <span className="text-muted">whole row</span>,
  },
  {
    id: "cell",
    header: "Cell",
    sort: (problem) => problem.value,
    cell: (problem) =>
      problem.value ? (
        <code className="font-mono text-xs break-all">{problem.value}</code>
      ) : (
        <span className="text-muted">empty</span>
      ),
  },
  {
    id: "reason",
    header: "Reason",
    sort: (problem) => problem.reason,
    cell: (problem) => problem.reason,
  },
];

/** Which rows of a roster cannot be imported: line, column, cell, reason. */
export function RowProblems({ problems, rejected }: { problems: RowProblem[]; rejected: number }) {
  if (!problems.length) return null;
  return (
    <section aria-label="Row errors">
      <h3 className="mb-2 font-medium">Row errors</h3>
      <div className="overflow-hidden rounded-lg border border-line">
        <DataTable
          label="Row errors"
          columns={COLUMNS}
          rows={problems}
          rowKey={(problem) => `${problem.line} ${problem.column} ${problem.reason}`}
          empty={null}
        />
      </div>
      {rejected > problems.length && (
        <p className="mt-1 text-xs text-muted">
          The first {count(problems.length)} errors are listed; {count(rejected)} rows are rejected.
        </p>
      )}
    </section>
  );
}
