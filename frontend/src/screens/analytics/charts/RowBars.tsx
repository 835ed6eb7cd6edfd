import type { ComponentProps } from "react";
import { Bar, BarChart, LabelList, ResponsiveContainer, XAxis, YAxis, type LabelProps } from "recharts";
import { count } from "@/lib/numbers";
import { Legend, look, Patterns, type Series } from "./patterns";
import { RowTick } from "./RowTick";

export interface BarRow {
  label: string;
  /** Small, below the bars: what the figures are of. */
  note?: string;
  values: Record<string, number>;
}

interface RowBarsProps {
  /** What a screen reader says instead; the table holds the figures. */
  label: string;
  rows: readonly BarRow[];
  series: readonly Series[];
  /** The series are parts of one bar. */
  stacked?: boolean;
}

const THICK = 18;
const THIN = 13;
const TEXT = 22;
/** Room that a digit takes. */
const DIGIT = 8;

/** Lying bars, each with its name above, its figures on it and a note below: readable at any width and without colour. */
export function RowBars({ label, rows, series, stacked }: RowBarsProps) {
  const bar = stacked || series.length === 1 ? THICK : THIN;
  const bars = stacked ? bar : bar * series.length;
  const noted = rows.some((row) => row.note);
  const height = bars + TEXT + (noted ? TEXT : 6);
  // Names and notes lie in the gap around the bars, of which the upper part is the same without notes.
  const shift = noted ? 0 : (TEXT - 6) / 2;
  const data = rows.map(({ values }) => values);
  return (
    <>
      <Patterns />
      <Legend series={series} />
      <div role="img" aria-label={label}>
        <ResponsiveContainer width="100%" height={height * rows.length}>
          <BarChart
            layout="vertical"
            data={data}
            margin={{ top: shift, right: stacked ? 1 : 92, bottom: 0, left: 1 }}
            barCategoryGap={0}
            barGap={0}
            accessibilityLayer={false}
          >
            <XAxis type="number" hide domain={[0, "dataMax"]} />
            <YAxis
              type="category"
              width={1}
              interval={0}
              axisLine={false}
              tickLine={false}
              tick={({ y, index }: { y: number | string; index: number }) => (
                <RowTick row={rows[index]} y={Number(y)} bars={bars} />
              )}
            />
            {series.map(({ key, pattern }) => (
              <Bar
                key={key}
                dataKey={key}
                barSize={bar}
                isAnimationActive={false}
                {...(stacked ? { stackId: "parts" } : { minPointSize: 1 })}
                {...look(pattern)}
              >
                <LabelList
                  dataKey={key}
                  content={!stacked ? EndLabel : pattern === "solid" ? SolidLabel : PartLabel}
                />
              </Bar>
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
    </>
  );
}

type Part = Pick<LabelProps, "x" | "y" | "width" | "height" | "value">;
type Look = Pick<ComponentProps<"text">, "className" | "stroke" | "strokeWidth" | "paintOrder">;

/** The figure within its part, where there is room for it. */
function PartText({ x, y, width, height, value, ...rest }: Part & Look) {
  const said = count(Number(value));
  if (!Number(value) || Number(width) < (said.length + 1) * DIGIT) return null;
  return (
    <text
      x={Number(x) + Number(width) / 2}
      y={Number(y) + Number(height) / 2}
      dy="0.35em"
      textAnchor="middle"
      {...rest}
    >
      {said}
    </text>
  );
}

const SolidLabel = ({ x, y, width, height, value }: LabelProps) => (
  <PartText
    {...{ x, y, width, height, value }}
    className="fill-surface text-[11px] font-medium tabular-nums"
  />
);

/** With a rim that keeps it readable on any pattern. */
const PartLabel = ({ x, y, width, height, value }: LabelProps) => (
  <PartText
    {...{ x, y, width, height, value }}
    className="fill-ink text-[11px] font-medium tabular-nums"
    stroke="var(--surface)"
    strokeWidth={4}
    paintOrder="stroke"
  />
);

function EndLabel({ x, y, width, height, value }: LabelProps) {
  return (
    <text
      x={Number(x) + Number(width) + 6}
      y={Number(y) + Number(height) / 2}
      dy="0.35em"
      className="fill-ink text-[11px] tabular-nums"
    >
      {count(Number(value))}
    </text>
  );
}
