import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, unwrap, type Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { count, percent } from "@/lib/numbers";
import { Stat, StatRow } from "@/ui/Facts";
import { Panel } from "@/ui/Panel";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { CandidateTable } from "../CandidateTable";
import { Computation } from "../Computation";
import { RuleCounts } from "../EligibleCount";
import { gapWords } from "../rules";

/** Who meets the drive's rules today: figures, what missing data costs, and every candidate with a verdict. */
export default function EligibilityTab({ told }: { told: Schema<"DriveDetails"> }) {
  const may = useMay();
  return (
    <div className="space-y-4">
      <Summary told={told} />
      {may("eligibility.why") && (
        <Panel title="Candidates" flush>
          <CandidateTable drive={told.drive} />
        </Panel>
      )}
    </div>
  );
}

function Summary({ told: { drive, criteria } }: { told: Schema<"DriveDetails"> }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["drives", drive.id, "eligibility", drive.criteria_version],
    queryFn: async () =>
      unwrap(await api.GET("/drives/{ref}/eligibility", { params: { path: { ref: String(drive.id) } } })),
    placeholderData: (before) => before,
    meta: { live: true },
  });
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} />;
  const { eligible = 0, review = 0, not = 0 } = data.verdicts;
  const of = (part: number) => `${percent(part, data.students)} of all`;
  return (
    <>
      <StatRow>
        <Stat label="Eligible today" value={count(eligible)} about={of(eligible)} tone="good" />
        <Stat label="To be reviewed" value={count(review)} about={of(review)} />
        <Stat label="Not eligible" value={count(not)} about={of(not)} />
        <Stat label="Students in all" value={count(data.students)} />
      </StatRow>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Panel title="By rule">
          <RuleCounts failed={data.failed_rules} unknown={data.unknown_rules} />
          <p className="mt-2 text-xs text-muted">A student who fails several rules counts in each.</p>
        </Panel>
        <div className="min-w-0 space-y-4">
          <Panel title="What missing data costs">
            <Gaps
              gaps={gapWords(data, criteria.on_missing ?? "EXCLUDE")}
              include={criteria.on_missing === "INCLUDE"}
            />
          </Panel>
          <Computation drive={drive} summary={data} />
        </div>
      </div>
    </>
  );
}

function Gaps({ gaps, include }: { gaps: string[]; include: boolean }) {
  const may = useMay();
  if (!gaps.length) {
    return (
      <p className="text-muted">
        {include
          ? "Nothing: who lacks a value passes that rule."
          : "Nothing: nobody is lost for an empty value alone."}
      </p>
    );
  }
  return (
    <>
      <ul className="list-disc space-y-1 pl-4">
        {gaps.map((gap) => (
          <li key={gap}>{gap}</li>
        ))}
      </ul>
      {may("student.import") && (
        <p className="mt-2 text-xs text-muted">
          Fill them in by a{" "}
          <Link to="/students/import" className="text-accent underline underline-offset-2">
            roster with these columns
          </Link>
          .
        </p>
      )}
    </>
  );
}
