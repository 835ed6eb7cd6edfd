import { count, percent } from "@/lib/numbers";
import { grouped, named, total, type Row } from "../rows";
import { BY } from "../views";
import type { ChartProps } from "./Chart";
import { LeftOut, MOST } from "./most";
import type { Series } from "./patterns";
import { RowBars } from "./RowBars";

const PARTS: Series[] = [
  { key: "placed", label: "Placed", pattern: "solid" },
  { key: "open", label: "Registered, not placed", pattern: "hatch" },
  { key: "rest", label: "Neither registered nor placed", pattern: "plain" },
];

export function PlacementChart({ rows, option }: ChartProps) {
  const column = BY[option as keyof typeof BY] ?? BY.branch;
  const bars = grouped(rows, (row) => named(row, column))
    .map(([name, group]) => barOf(column === BY.batch ? `Batch ${name}` : name, group))
    .sort((one, other) => other.strength - one.strength);
  const placed = total(rows, "placed");
  return (
    <>
      <RowBars
        label={`Stacked bars of ${count(total(rows, "strength"))} students, of whom ${count(placed)} are placed`}
        rows={bars.slice(0, MOST)}
        series={PARTS}
        stacked
      />
      <LeftOut rows={bars.length} what="largest" />
    </>
  );
}

function barOf(name: string, rows: readonly Row[]) {
  const strength = total(rows, "strength");
  const placed = total(rows, "placed");
  const registered = total(rows, "registered");
  const participated = total(rows, "participated");
  const ofRegistered = total(rows, "placed_of_registered");
  const open = registered - ofRegistered;
  return {
    strength,
    label: `${name} · ${count(strength)} students`,
    values: { placed, open, rest: strength - placed - open },
    note: [
      `${percent(ofRegistered, registered)} of ${count(registered)} registered`,
      `${percent(total(rows, "placed_of_participated"), participated)} of ${count(participated)} participants`,
    ].join(" · "),
  };
}
