import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { count } from "@/lib/numbers";
import { bucketWords, ENDS, type Throughput } from "./throughputWords";

/** Full, hatched and hollow, so that the three differ without colour. */
const LOOKS = {
  completed: { fill: "var(--chart-1)", stroke: "var(--chart-1)" },
  failed: { fill: "url(#hatched)", stroke: "var(--bad)" },
  cancelled: { fill: "var(--surface)", stroke: "var(--muted)" },
};

const Hatch = () => (
  <pattern id="hatched" width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect width={5} height={5} fill="var(--bad-soft)" />
    <line x1={1} y1={0} x2={1} y2={5} stroke="var(--bad)" strokeWidth={2} />
  </pattern>
);

export default function ThroughputChart({ data }: { data: Throughput }) {
  const rows = data.buckets.map((bucket) => ({ ...bucket, when: bucketWords(bucket.at, data) }));
  const largest = Math.max(...data.buckets.map((one) => one.completed + one.failed + one.cancelled));
  return (
    <figure aria-label="Jobs that ended, by time and how they ended; the same numbers are in the table below">
      <div className="h-56" aria-hidden>
        <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 600, height: 224 }}>
          <BarChart
            data={rows}
            margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
            barCategoryGap={1}
            accessibilityLayer={false}
          >
            <defs>
              <Hatch />
            </defs>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="when"
              stroke="var(--muted)"
              tick={{ fill: "var(--muted)", fontSize: 11 }}
              tickLine={false}
              minTickGap={32}
            />
            <YAxis
              allowDecimals={false}
              width={36}
              stroke="var(--muted)"
              tick={{ fill: "var(--muted)", fontSize: 11 }}
              tickLine={false}
              axisLine={false}
              domain={[0, Math.max(largest, 4)]}
            />
            <Tooltip
              cursor={{ fill: "var(--sunken)" }}
              isAnimationActive={false}
              content={({ active, payload, label }) =>
                active && payload.length ? (
                  <div className="rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-raised">
                    <p className="font-medium">{String(label)}</p>
                    {payload.map((one) => (
                      <p key={String(one.dataKey)}>
                        {one.name}: {count(Number(one.value))}
                      </p>
                    ))}
                  </div>
                ) : null
              }
            />
            {ENDS.map(({ key, label }) => (
              <Bar
                key={key}
                dataKey={key}
                name={label}
                stackId="ends"
                isAnimationActive={false}
                {...LOOKS[key]}
              />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
      <Legend />
    </figure>
  );
}

const Legend = () => (
  <figcaption className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
    {ENDS.map(({ key, label }) => (
      <span key={key} className="inline-flex items-center gap-1.5">
        <svg aria-hidden width={14} height={10}>
          <rect x={0.5} y={0.5} width={13} height={9} {...LOOKS[key]} />
        </svg>
        {label}
      </span>
    ))}
  </figcaption>
);
