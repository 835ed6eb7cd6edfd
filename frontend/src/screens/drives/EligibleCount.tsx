import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api/client";
import { fromRupees } from "@/lib/money";
import { count, counted } from "@/lib/numbers";
import { useSettled } from "@/lib/useSettled";
import { CopyCli } from "@/ui/CopyCli";
import { Panel } from "@/ui/Panel";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { previewCommand } from "./driveCli";
import { criteriaOf, ruleErrorsIn, type DriveValues } from "./driveValues";
import { gapWords, RULES } from "./rules";

type Preview = Schema<"EligibilityPreview">;

/** Counts who would be eligible by the rules in the form, a moment after typing stops; nothing is stored. */
export function usePreview(values: DriveValues, drive?: string) {
  const readable = Object.keys(ruleErrorsIn(values)).length === 0;
  const asked = useSettled(
    JSON.stringify({
      criteria: criteriaOf(values),
      ctc_min: fromRupees(values.ctc_min) ?? null,
      ctc_max: fromRupees(values.ctc_max) ?? null,
      drive,
    }),
  );
  const query = useQuery({
    queryKey: ["eligibility", "preview", asked],
    queryFn: async ({ signal }) =>
      unwrap(
        await api.POST("/eligibility/preview", { body: JSON.parse(asked) as Schema<"PreviewBody">, signal }),
      ),
    enabled: readable,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  return { ...query, readable };
}

type Asked = ReturnType<typeof usePreview>;

interface EligibleCountProps {
  asked: Asked;
  values: DriveValues;
  code?: string;
}

/** How many students the rules in the form let through, whom they keep out, and what missing data costs. */
export function EligibleCount({ asked, values, code }: EligibleCountProps) {
  return (
    <Panel title="Eligible students" actions={<CopyCli command={previewCommand(values, code)} />}>
      {!asked.readable ? (
        <p className="text-muted">Correct the marked rules to count again.</p>
      ) : asked.error ? (
        <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />
      ) : asked.data ? (
        <Figures told={asked.data} values={values} busy={asked.isPlaceholderData} />
      ) : (
        <Skeleton lines={3} className="p-0!" />
      )}
    </Panel>
  );
}

/** The count in a line, for where the panel is out of sight. */
export function shortCount({ data, readable }: Asked): string {
  if (!readable || !data) return "";
  return `${count(data.verdicts.eligible)} of ${counted(data.students, "student")} eligible`;
}

function Figures({ told, values, busy }: { told: Preview; values: DriveValues; busy: boolean }) {
  const gaps = gapWords(told, values.on_missing);
  const review = told.verdicts.review ?? 0;
  return (
    <div className={busy ? "space-y-3 opacity-60" : "space-y-3"} aria-busy={busy}>
      <div role="status">
        <p className="text-2xl font-semibold tabular-nums">{count(told.verdicts.eligible)}</p>
        <p className="text-muted">
          of {counted(told.students, "student")} would be eligible
          {review > 0 && `, ${count(review)} to be reviewed`}
        </p>
      </div>
      {told.warnings.map((warning) => (
        <p key={warning} className="rounded-md bg-warn-soft px-2.5 py-1.5 text-warn">
          {warning}
        </p>
      ))}
      {gaps.length > 0 && (
        <ul className="space-y-1 border-l-2 border-warn pl-2.5">
          {gaps.map((gap) => (
            <li key={gap}>{gap}</li>
          ))}
        </ul>
      )}
      <RuleCounts failed={told.failed_rules} unknown={told.unknown_rules} />
    </div>
  );
}

/** Who fails each rule, and for whom its value is unknown; one student may count in several. */
export function RuleCounts({
  failed,
  unknown,
}: {
  failed: Record<string, number>;
  unknown: Record<string, number>;
}) {
  const rules = Object.keys(RULES).filter((rule) => failed[rule] || unknown[rule]);
  if (!rules.length) return <p className="text-muted">No rule keeps anybody out.</p>;
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">Students by rule; one may count in several</caption>
      <thead>
        <tr className="text-xs text-muted">
          <th scope="col" className="py-1 text-left font-medium">
            Rule
          </th>
          <th scope="col" className="py-1 pl-3 text-right font-medium">
            Fail it
          </th>
          <th scope="col" className="py-1 pl-3 text-right font-medium">
            Unknown
          </th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr key={rule} className="border-t border-line">
            <th scope="row" className="py-1 text-left font-normal">
              {RULES[rule]}
            </th>
            <td className="py-1 pl-3 text-right tabular-nums">{count(failed[rule] ?? 0)}</td>
            <td className="py-1 pl-3 text-right tabular-nums">{count(unknown[rule] ?? 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
