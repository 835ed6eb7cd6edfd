import { count } from "@/lib/numbers";
import { typeWords } from "../jobs/jobWords";
import { bucketWords, ENDS, type Throughput } from "./throughputWords";

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

const CELL = "px-2 py-1 text-right tabular-nums";

/** The chart's numbers, by type and by time; times at which nothing ended are left out. */
export function ThroughputTable({ data }: { data: Throughput }) {
  const busy = data.buckets.filter((one) => one.completed + one.failed + one.cancelled > 0).reverse();
  return (
    <details className="mt-3">
      <summary className="cursor-pointer text-sm text-muted">The numbers as tables</summary>
      <div className="mt-2 grid gap-6 lg:grid-cols-2">
        <Numbers
          caption="By type"
          first="Type"
          rows={data.types.map((one) => ({
            key: one.type,
            name: typeWords(one.type),
            completed: sum(one.completed),
            failed: sum(one.failed),
            cancelled: sum(one.cancelled),
          }))}
        />
        <Numbers
          caption="By time, newest first"
          first="From"
          rows={busy.map((one) => ({ ...one, key: one.at, name: bucketWords(one.at, data) }))}
        />
      </div>
    </details>
  );
}

interface Row {
  key: string;
  name: string;
  completed: number;
  failed: number;
  cancelled: number;
}

function Numbers({ caption, first, rows }: { caption: string; first: string; rows: readonly Row[] }) {
  return (
    <table className="w-full self-start text-sm">
      <caption className="pb-1 text-left text-xs font-medium text-muted">{caption}</caption>
      <thead>
        <tr className="border-b border-line text-xs text-muted">
          <th scope="col" className="py-1 pr-2 text-left font-medium">
            {first}
          </th>
          {ENDS.map(({ key, label }) => (
            <th key={key} scope="col" className={`${CELL} font-medium`}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} className="border-b border-line last:border-b-0">
            <th scope="row" className="py-1 pr-2 text-left font-normal whitespace-nowrap">
              {row.name}
            </th>
            {ENDS.map(({ key }) => (
              <td key={key} className={CELL}>
                {count(row[key])}
              </td>
            ))}
          </tr>
        ))}
        {rows.length === 0 && (
          <tr>
            <td colSpan={4} className="py-2 text-muted">
              Nothing ended in this time.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
