import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { count } from "@/lib/numbers";
import { calendarDay } from "@/lib/time";
import { grouped, named, total, type Row } from "../rows";
import type { ChartProps } from "./Chart";

const DAY_MS = 86_400_000;
const TICK = { fontSize: 11, fill: "var(--muted)" };

export function DailyChart({ rows, option }: ChartProps) {
  const days = everyDay(rows, option === "all" ? Infinity : Number(option));
  const sum = (name: "registered" | "withdrawn") => days.reduce((all, day) => all + day[name], 0);
  const [registered, withdrawn] = [sum("registered"), sum("withdrawn")];
  const dotted = days.length <= 45;
  return (
    <>
      <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
        <Key label={`Registered, ${count(registered)}`} stroke="var(--chart-1)" />
        <Key label={`Withdrawn, ${count(withdrawn)}`} stroke="var(--chart-4)" dash="4 3" />
      </ul>
      <div
        role="img"
        aria-label={`Lines over ${count(days.length)} days: ${count(registered)} registered, ${count(withdrawn)} withdrew`}
      >
        <ResponsiveContainer width="100%" height={280}>
          <LineChart
            data={days}
            margin={{ top: 8, right: 12, bottom: 0, left: 0 }}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="day"
              tickFormatter={shortDay}
              minTickGap={24}
              tick={TICK}
              stroke="var(--line-strong)"
            />
            <YAxis
              width={36}
              allowDecimals={false}
              tickFormatter={count}
              tick={TICK}
              axisLine={false}
              tickLine={false}
            />
            <Tooltip content={DayTooltip} isAnimationActive={false} />
            <Line
              dataKey="registered"
              stroke="var(--chart-1)"
              strokeWidth={2}
              dot={dotted && { r: 3, fill: "var(--chart-1)" }}
              isAnimationActive={false}
            />
            <Line
              dataKey="withdrawn"
              stroke="var(--chart-4)"
              strokeWidth={2}
              strokeDasharray="4 3"
              dot={false}
              isAnimationActive={false}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </>
  );
}

interface Day {
  day: string;
  registered: number;
  withdrawn: number;
}

/** The last so many days up to the last one with a row, those on which nothing happened too. */
function everyDay(rows: readonly Row[], most: number): Day[] {
  const groups = new Map(grouped(rows, (row) => named(row, "day")));
  const known = [...groups.keys()].sort();
  const last = Date.parse(known.at(-1) ?? "");
  const first = Math.max(Date.parse(known[0] ?? ""), last - (most - 1) * DAY_MS);
  const days: Day[] = [];
  for (let at = first; at <= last; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    const found = groups.get(day) ?? [];
    days.push({ day, registered: total(found, "registered"), withdrawn: total(found, "withdrawn") });
  }
  return days;
}

/** `26 Nov 2026` without its year. */
const shortDay = (day: string): string => calendarDay(day).replace(/ \d{4}$/, "");

function DayTooltip({ active, payload }: { active?: boolean; payload?: readonly { payload?: Day }[] }) {
  const day = payload?.[0]?.payload;
  if (!active || !day) return null;
  return (
    <div className="rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-raised">
      <p className="font-medium">{calendarDay(day.day)}</p>
      <p>{count(day.registered)} registered</p>
      <p>{count(day.withdrawn)} withdrew</p>
    </div>
  );
}

const Key = ({ label, stroke, dash }: { label: string; stroke: string; dash?: string }) => (
  <li className="flex items-center gap-1.5">
    <svg aria-hidden width="26" height="10">
      <line x1="0" x2="26" y1="5" y2="5" stroke={stroke} strokeWidth="2" strokeDasharray={dash} />
    </svg>
    {label}
  </li>
);
