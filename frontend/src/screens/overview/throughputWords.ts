import type { Schema } from "@/api/client";
import { clock, day } from "@/lib/time";

export type Throughput = Schema<"Throughput">;

const DAY_SECONDS = 86_400;

/** When a bucket began: the clock within a day, with the day before it over a week. */
export function bucketWords(at: string, data: Throughput): string {
  const long = data.buckets.length * data.bucket_seconds > DAY_SECONDS;
  return long ? `${day(at).replace(/ [0-9]{4}$/, "")}, ${clock(at)}` : clock(at);
}

export const ENDS = [
  { key: "completed", label: "Completed" },
  { key: "failed", label: "Failed" },
  { key: "cancelled", label: "Cancelled" },
] as const;
