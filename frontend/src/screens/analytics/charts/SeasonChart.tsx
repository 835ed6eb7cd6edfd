import { useFilters } from "@/lib/filters";
import { count, counted } from "@/lib/numbers";
import { grouped, named, total } from "../rows";
import type { ChartProps } from "./Chart";
import { LeftOut, MOST } from "./most";
import type { Series } from "./patterns";
import { RowBars } from "./RowBars";

const SERIES: Series[] = [
  { key: "offered", label: "Offers", pattern: "hatch" },
  { key: "accepted", label: "Accepted", pattern: "solid" },
];

/** Season beside season; within one season company beside company. */
export function SeasonChart({ rows }: ChartProps) {
  const season = useFilters().get("season");
  const groups = grouped(rows, (row) => named(row, season ? "company" : "season"));
  const bars = groups.map(([label, group]) => {
    const cancelled = total(group, "cancelled");
    return {
      label: season ? label : `Season ${label}`,
      values: { offered: total(group, "offered"), accepted: total(group, "accepted") },
      note: [
        `${counted(total(group, "drives"), "drive")}${cancelled ? ` (${count(cancelled)} cancelled)` : ""}`,
        `${count(total(group, "registered"))} registered`,
      ].join(" · "),
    };
  });
  const offering = season ? bars.filter(({ values }) => values.offered > 0) : bars;
  const others = bars.length - offering.length;
  if (season) offering.sort((one, other) => other.values.offered - one.values.offered);
  return (
    <>
      <RowBars
        label={`Bars: ${count(total(rows, "offered"))} offers, ${count(total(rows, "accepted"))} accepted`}
        rows={offering.slice(0, MOST)}
        series={SERIES}
      />
      <LeftOut rows={offering.length} what="with most offers" />
      {others > 0 && (
        <p className="mt-2 text-xs text-muted">
          {counted(others, "company", "companies")} without an offer {others === 1 ? "is" : "are"} in the
          table only.
        </p>
      )}
    </>
  );
}
