import { Check } from "lucide-react";
import type { Schema } from "@/api/client";
import { count, counted } from "@/lib/numbers";
import { words } from "@/lib/words";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { DataTable, type Column } from "@/ui/DataTable";
import { Stat, StatRow } from "@/ui/Facts";
import { Select } from "@/ui/Field";
import { ErrorPanel } from "@/ui/States";
import { DECISIONS, type Decision } from "./decisions";

type Marked = Schema<"Marked">;
type Unmarked = Schema<"Unmarked">;

interface MarkPreviewProps {
  told: Marked;
  previous: Decision | null;
  onOverwrite: (previous: Decision | null) => void;
  onApply: () => void;
  busy: boolean;
  error: unknown;
}

const TONES: Record<string, Tone> = {
  "not on the list": "bad",
  ambiguous: "bad",
  duplicate: "neutral",
  decided: "warn",
};

const COLUMNS: Column<Unmarked>[] = [
  {
    id: "entry",
    header: "Entry",
    primary: true,
    sort: (row) => row.value,
    cell: (row) => <span className="font-mono break-all">{row.value}</span>,
  },
  { id: "line", header: "Line", align: "right", sort: (row) => row.line, cell: (row) => count(row.line) },
  {
    id: "problem",
    header: "Marks nobody",
    sort: (row) => row.problem,
    cell: (row) => <Badge tone={TONES[row.problem]}>{problemWords(row.problem)}</Badge>,
  },
  {
    id: "detail",
    header: "Detail",
    cell: (row) => row.detail ?? HINTS[row.problem] ?? "–",
  },
];

const HINTS: Record<string, string> = {
  "not on the list": "Not called to this round; check the spelling.",
  ambiguous: "Several colleges have it: write COLLEGE:ROLL_NO.",
  duplicate: "Stands further up already.",
};

const problemWords = (problem: string) => (problem === "decided" ? "Decided otherwise" : words(problem));

/** What a list would do in a round: matched, already marked, not on the list, duplicate; and the button that does it. */
export function MarkPreview({ told, previous, onOverwrite, onApply, busy, error }: MarkPreviewProps) {
  const counts = told.problem_counts;
  const decided = counts.decided ?? 0;
  const problems = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const acts = told.marked + told.changed;
  return (
    <section aria-label="Preview" className="mt-4 space-y-3 border-t border-line pt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="font-semibold" role="status">
          {acts
            ? `${counted(acts, "student")} would be marked ${told.status}.`
            : `Nobody would be marked ${told.status}.`}
        </p>
        <Button kind="primary" icon={Check} busy={busy} disabled={!acts} onClick={onApply}>
          {told.changed
            ? `Mark ${count(acts)} as ${told.status}, ${count(told.changed)} of them overwritten`
            : `Mark ${count(acts)} as ${told.status}`}
        </Button>
      </div>
      {error ? <ErrorPanel error={error} /> : null}
      <StatRow>
        <Stat label="On the list given" value={count(told.listed)} />
        <Stat label="Matched" value={count(told.marked)} about="pending until now" tone="good" />
        {previous && (
          <Stat
            label={`Overwritten ${previous}`}
            value={count(told.changed)}
            tone={told.changed ? "warn" : "neutral"}
          />
        )}
        <Stat label={`Already ${told.status}`} value={count(told.already)} />
        <Stat
          label="Decided otherwise"
          value={count(decided)}
          about="stay as they are"
          tone={decided ? "warn" : "neutral"}
        />
        <Stat
          label="Not on the list"
          value={count(counts["not on the list"] ?? 0)}
          tone={counts["not on the list"] ? "bad" : "neutral"}
        />
        <Stat label="Duplicate" value={count(counts.duplicate ?? 0)} />
        {counts.ambiguous && <Stat label="Ambiguous" value={count(counts.ambiguous)} tone="bad" />}
      </StatRow>
      {(decided > 0 || previous) && (
        <Select
          label="Overwrite what was decided before"
          hint="Only students with just this decision change; all others stay."
          className="max-w-96"
          options={[
            { value: "", label: "Nothing: leave decisions as they are" },
            ...DECISIONS.filter((each) => each !== told.status).map((value) => ({
              value,
              label: `Those marked ${value}`,
            })),
          ]}
          value={previous ?? ""}
          onChange={(event) => onOverwrite((event.target.value || null) as Decision | null)}
        />
      )}
      {told.problems.length > 0 && (
        <div className="overflow-hidden rounded-lg border border-line">
          <DataTable
            label="Entries that mark nobody"
            columns={COLUMNS}
            rows={told.problems}
            rowKey={(row) => row.line}
            empty={null}
          />
          {problems > told.problems.length && (
            <p className="border-t border-line px-4 py-2 text-xs text-muted">
              The first {told.problems.length} of {count(problems)} are shown.
            </p>
          )}
        </div>
      )}
    </section>
  );
}
