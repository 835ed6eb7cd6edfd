import { count, counted, percent } from "@/lib/numbers";
import { Stat, StatRow } from "@/ui/Facts";
import { named, total } from "../rows";
import type { ChartProps } from "./Chart";
import { RowBars } from "./RowBars";

const STEPS = [
  ["eligible", "Eligible"],
  ["selected", "Selected"],
  ["registered", "Registered"],
  ["attended", "Attended"],
  ["offered", "Offered"],
  ["accepted", "Accepted"],
] as const;

const UNCOMPUTED = "not computed for these drives";

const uncomputed = (rows: ChartProps["rows"]): boolean =>
  total(rows, "eligible") + total(rows, "review") === 0 && total(rows, "selected") > 0;

const noteOf = (value: number, before: { label: string; value: number } | undefined): string | undefined =>
  before?.value
    ? `${percent(value, before.value)} of ${count(before.value)} ${before.label.toLowerCase()}`
    : undefined;

export function FunnelChart({ rows }: ChartProps) {
  const steps = STEPS.map(([name, label]) => ({ label, value: total(rows, name) }));
  const bars = steps.map(({ label, value }, place) => ({
    label,
    values: { value },
    note: noteOf(value, steps[place - 1]) ?? (place === 0 && uncomputed(rows) ? UNCOMPUTED : undefined),
  }));
  const [only] = rows;
  const of = rows.length === 1 && only ? named(only, "company") : counted(rows.length, "drive");
  return (
    <>
      <p className="mb-2 text-sm">
        From eligible to accepted: <strong>{of}</strong>
      </p>
      <RowBars
        label={`Bars: ${steps.map(({ label, value }) => `${label} ${count(value)}`).join(", ")}`}
        rows={bars}
        series={[{ key: "value", label: "Students", pattern: "solid" }]}
      />
      <div className="mt-4">
        <StatRow>
          <Stat label="For review" value={count(total(rows, "review"))} />
          <Stat label="Withdrawn" value={count(total(rows, "withdrawn"))} />
          <Stat label="No-show" value={count(total(rows, "no_show"))} />
          <Stat label="Offers not accepted" value={count(total(rows, "offered") - total(rows, "accepted"))} />
        </StatRow>
      </div>
    </>
  );
}
