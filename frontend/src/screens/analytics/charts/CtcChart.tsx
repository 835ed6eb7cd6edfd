import { Bar, BarChart, CartesianGrid, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { counted, count } from "@/lib/numbers";
import { lpa, lpaRange } from "@/lib/money";
import { figure, type Row } from "../rows";
import { groupWords } from "../views";
import type { ChartProps } from "./Chart";
import { LeftOut, MOST } from "./most";
import { RowTick } from "./RowTick";

const BOX = 18;
const HEIGHT = 62;
const TICK = { fontSize: 11, fill: "var(--muted)" };

/** A line from the lowest to the highest CTC, a box around the middle half, a bar at the median, a diamond at the mean. */
export function CtcChart({ rows }: ChartProps) {
  const paid = rows.filter((row) => figure(row, "with_ctc") > 0);
  const shown = [...paid]
    .sort((one, other) => figure(other, "with_ctc") - figure(one, "with_ctc"))
    .slice(0, MOST);
  const boxes = shown.map(boxOf);
  const unknown = rows.length - paid.length;
  return (
    <>
      <Key />
      {boxes.length > 0 && (
        <div role="img" aria-label={`Spread of the CTC of ${counted(boxes.length, "group")}`}>
          <ResponsiveContainer width="100%" height={HEIGHT * boxes.length + 30}>
            <BarChart
              layout="vertical"
              data={boxes}
              margin={{ top: 0, right: 16, bottom: 0, left: 8 }}
              accessibilityLayer={false}
            >
              <CartesianGrid horizontal={false} stroke="var(--line)" />
              <XAxis
                type="number"
                domain={["auto", "auto"]}
                tickFormatter={(value: number) => lpa(value)}
                tick={TICK}
                stroke="var(--line-strong)"
                minTickGap={16}
              />
              <YAxis
                type="category"
                width={1}
                interval={0}
                axisLine={false}
                tickLine={false}
                tick={({ y, index }: { y: number | string; index: number }) => (
                  <RowTick row={boxes[index]} y={Number(y)} bars={BOX} />
                )}
              />
              <Bar dataKey="range" barSize={BOX} shape={Box} isAnimationActive={false} />
            </BarChart>
          </ResponsiveContainer>
        </div>
      )}
      <LeftOut rows={paid.length} what="groups with most known CTCs" />
      {unknown > 0 && (
        <p className="mt-2 text-xs text-muted">
          {counted(unknown, "group")} without any known CTC {unknown === 1 ? "is" : "are"} in the table only.
        </p>
      )}
    </>
  );
}

interface BoxData {
  label: string;
  note: string;
  range: [number, number];
  q1: number;
  median: number;
  q3: number;
  mean: number;
}

function boxOf(row: Row): BoxData {
  const [low, q1, median, q3, high, mean] = ["min", "q1", "median", "q3", "max", "mean"].map((name) =>
    figure(row, `ctc_${name}`),
  ) as [number, number, number, number, number, number];
  return {
    label: groupWords(row),
    note: `median ${lpa(median)} · ${lpaRange(low, high)} · CTC of ${count(figure(row, "with_ctc"))} of ${count(figure(row, "placed"))}`,
    range: [low, high],
    q1,
    median,
    q3,
    mean,
  };
}

interface BoxProps {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  payload?: BoxData;
}

function Box({ x = 0, y = 0, width = 0, height = 0, payload }: BoxProps) {
  if (!payload) return null;
  const { range, q1, median, q3, mean } = payload;
  const [low, high] = range;
  const at = (value: number): number => (high > low ? x + (width * (value - low)) / (high - low) : x);
  return (
    <Spread
      low={x}
      high={x + width}
      q1={at(q1)}
      median={at(median)}
      q3={at(q3)}
      mean={at(mean)}
      y={y}
      height={height}
    />
  );
}

type SpreadProps = Record<"low" | "high" | "q1" | "median" | "q3" | "mean" | "y" | "height", number>;

function Spread({ low, high, q1, median, q3, mean, y, height }: SpreadProps) {
  const middle = y + height / 2;
  return (
    <g stroke="var(--chart-1)" strokeWidth={1.5}>
      <line x1={low} x2={high} y1={middle} y2={middle} />
      <line x1={low} x2={low} y1={y + 4} y2={y + height - 4} />
      <line x1={high} x2={high} y1={y + 4} y2={y + height - 4} />
      <rect x={q1} y={y} width={Math.max(q3 - q1, 1)} height={height} fill="var(--accent-soft)" />
      <line x1={median} x2={median} y1={y} y2={y + height} strokeWidth={3.5} />
      <path
        d={`M${mean} ${middle - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`}
        fill="var(--surface)"
        stroke="var(--ink)"
      />
    </g>
  );
}

const Key = () => (
  <p className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
    <svg aria-hidden width="90" height="20">
      <Spread low={2} q1={20} median={38} mean={48} q3={62} high={88} y={2} height={16} />
    </svg>
    Lowest, lower quartile, median (bar), mean (diamond), upper quartile, highest
  </p>
);
