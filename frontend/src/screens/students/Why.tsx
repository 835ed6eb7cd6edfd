import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api/client";
import { cli, words } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Dialog } from "@/ui/Dialog";
import { EmptyState, ErrorPanel, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";

type Explanation = Schema<"Explanation">;
type Judged = Schema<"Judged">;

interface WhyProps {
  drive: { id: number; code: string; company: string };
  student: { roll_no: string; college: string; name: string };
  onClose: () => void;
}

/** A dialog: every rule of a drive for one student, and what would have made it pass. */
export function WhyDialog({ drive, student, onClose }: WhyProps) {
  const command = cli("drive", "why", drive.code, student.roll_no, "--college", student.college);
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={`${student.name} before ${drive.company}`}
      about={`${drive.code} · ${student.roll_no}`}
      actions={<CopyCli command={command} />}
    >
      <Why drive={String(drive.id)} student={student} />
    </Dialog>
  );
}

/** The verdict of a drive (its id or code) on a student, rule by rule, as the rows are now. */
export function Why({ drive, student }: { drive: string; student: { roll_no: string; college: string } }) {
  const { roll_no, college } = student;
  const { data, error, refetch } = useQuery({
    queryKey: ["drives", drive, "why", college, roll_no],
    queryFn: async () =>
      unwrap(
        await api.GET("/drives/{ref}/why", {
          params: { path: { ref: drive }, query: { student: roll_no, college } },
        }),
      ),
  });
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} />;
  return (
    <div className="space-y-3">
      <Verdict told={data} />
      <div className="-mx-4 border-y border-line">
        <RuleTable rules={data.rules} />
      </div>
      <p className="text-xs text-muted">
        Criteria version {data.criteria_version}, judged by the data as it is now.{" "}
        {ON_MISSING[data.on_missing]}
      </p>
    </div>
  );
}

const ON_MISSING: Record<string, string> = {
  EXCLUDE: "Who lacks a value that a rule needs is not eligible.",
  REVIEW: "Who lacks a value that a rule needs is reviewed by the coordinator.",
  INCLUDE: "Who lacks a value that a rule needs passes that rule.",
};

/** `eligible`, `review` and `not` as badges. */
export const VerdictBadge = ({ verdict }: { verdict: string }) => (
  <StateBadge state={verdict === "not" ? "not_eligible" : verdict} />
);

function Verdict({ told }: { told: Explanation }) {
  return (
    <div className="space-y-1.5">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <VerdictBadge verdict={told.verdict} />
        <span>{selectionWords(told)}</span>
        {told.registration && <span>{words(told.registration)}.</span>}
      </p>
      {told.differs && told.stored_verdict && (
        <p className="text-sm text-warn">
          The last computation (<Time value={told.computed_at} />) found: {verdictWords(told.stored_verdict)}.
          The data has changed since; registration follows the verdict above.
        </p>
      )}
    </div>
  );
}

/** `not eligible`, within a sentence. */
export const verdictWords = (verdict: string): string =>
  verdict === "not" ? "not eligible" : words(verdict).toLowerCase();

function selectionWords({ selected, selection_pending }: Explanation): string {
  if (selection_pending) return "The selection is still being applied.";
  if (!selected) return "Not on the selection.";
  return `On the selection, by ${SOURCES[selected] ?? words(selected).toLowerCase()}.`;
}

const SOURCES: Record<string, string> = {
  AUTO: "eligibility",
  COORDINATOR: "a coordinator",
  OVERRIDE: "an override",
};

const RULES: Column<Judged>[] = [
  {
    id: "rule",
    header: "Rule",
    primary: true,
    cell: (rule) => <span className="inline-block first-letter:uppercase">{rule.label}</span>,
  },
  {
    id: "threshold",
    header: "Wanted",
    cell: (rule) => rule.threshold,
  },
  {
    id: "value",
    header: "The student's",
    cell: (rule) => rule.value ?? <span className="text-warn">unknown</span>,
  },
  { id: "outcome", header: "Outcome", cell: (rule) => <StateBadge state={rule.outcome} /> },
  {
    id: "remedy",
    header: "What would have made it pass",
    cell: (rule) => rule.remedy ?? <span className="text-muted">–</span>,
  },
];

/** Every rule that a drive imposes, for one student. */
export function RuleTable({ rules }: { rules: readonly Judged[] }) {
  return (
    <DataTable
      label="Rules of the drive"
      columns={RULES}
      rows={rules}
      rowKey={(rule) => rule.rule}
      empty={<EmptyState title="This drive has no rules">Everybody is eligible.</EmptyState>}
    />
  );
}
