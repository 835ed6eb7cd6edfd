import { count } from "@/lib/numbers";
import { fieldWords } from "../columns";
import { grouped, named, total } from "../rows";
import type { ChartProps } from "./Chart";
import type { Series } from "./patterns";
import { RowBars } from "./RowBars";

const SERIES: Series[] = [
  { key: "missing", label: "Missing", pattern: "solid" },
  { key: "out_of_range", label: "Out of range", pattern: "hatch" },
  { key: "excluded", label: "Kept out of a drive for it", pattern: "dots" },
];

export function QualityChart({ rows }: ChartProps) {
  const found = SERIES.filter(({ key }) => total(rows, key) > 0);
  const none = SERIES.filter((series) => !found.includes(series));
  const bars = grouped(rows, (row) => named(row, "field"))
    .map(([field, group]) => ({
      label: fieldWords(field),
      values: Object.fromEntries(SERIES.map(({ key }) => [key, total(group, key)])),
      most: Math.max(...SERIES.map(({ key }) => total(group, key))),
    }))
    .sort((one, other) => other.most - one.most);
  return (
    <>
      <RowBars
        label={`Bars: values missing ${count(total(rows, "missing"))}, out of range ${count(total(rows, "out_of_range"))}`}
        rows={bars}
        series={found}
      />
      {none.length > 0 && (
        <p className="mt-2 text-xs text-muted">
          Nobody: {none.map(({ label }) => label.toLowerCase()).join(", ")}.
        </p>
      )}
    </>
  );
}
