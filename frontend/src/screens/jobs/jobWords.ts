import type { Schema } from "@/api/client";
import { bytes, count, counted } from "@/lib/numbers";
import { words } from "@/lib/words";

export type Job = Schema<"Job">;

export const JOB_STATES = ["waiting", "delayed", "active", "failed", "completed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

const TYPES: Record<string, string> = {
  "auto-publish": "Publishing",
  "eligibility-filter": "Eligibility",
  "export-registrations-csv": "Exports",
  "refresh-materialized-views": "Analytics",
  "prune-jobs": "Old jobs",
  "remove-expired-exports": "Expired exports",
};

export const JOB_TYPES = Object.keys(TYPES);

/** The office's word for a type of jobs. */
export const typeWords = (type: string): string => TYPES[type] ?? words(type);

/** `active` is called running, as people say. */
export const stateWords = (state: string): string => (state === "active" ? "Running" : words(state));

export const isFinished = (state: string): boolean =>
  state === "completed" || state === "failed" || state === "cancelled";

export const mayRetry = (job: Job): boolean => job.state === "failed" || job.state === "cancelled";

const number = (result: Record<string, unknown>, name: string): number | null =>
  typeof result[name] === "number" ? result[name] : null;

const RESULTS: Record<string, (result: Record<string, unknown>) => string> = {
  "auto-publish": (result) =>
    `${counted(number(result, "selected") ?? 0, "student")} selected: ` +
    `${count(number(result, "added"))} added, ${count(number(result, "removed"))} removed`,
  "eligibility-filter": (result) =>
    `${count(number(result, "eligible"))} of ${counted(number(result, "students") ?? 0, "student")} eligible, ` +
    `${count(number(result, "review"))} to review` +
    (result.published === true ? "; published" : ""),
  "export-registrations-csv": (result) =>
    `${counted(number(result, "rows") ?? 0, "row")}, ${bytes(number(result, "bytes"))}`,
  "refresh-materialized-views": (result) =>
    result.changed ? `Refreshed in ${count(number(result, "milliseconds"))} ms` : "Nothing had changed",
  "prune-jobs": (result) => `${counted(number(result, "jobs") ?? 0, "old job")} removed`,
  "remove-expired-exports": (result) =>
    `${counted(number(result, "expired") ?? 0, "file")} over their time, ${count(number(result, "orphans"))} strays`,
};

/** What a completed job achieved. */
export function resultWords(job: Job): string {
  if (!job.result) return "";
  const superseded = job.result.superseded;
  if (typeof superseded === "string" && !("eligible" in job.result)) return `Superseded: ${superseded}`;
  return RESULTS[job.type]?.(job.result) ?? "";
}

export interface Progress {
  phase: string;
  done: number | null;
  total: number | null;
}

/** Where a running job is. */
export function progressOf(job: Job): Progress | null {
  if (!job.progress || typeof job.progress.phase !== "string") return null;
  return {
    phase: job.progress.phase,
    done: number(job.progress, "done"),
    total: number(job.progress, "total"),
  };
}

/** `Writing rows: 1,200 of 4,000` */
export function progressWords({ phase, done, total }: Progress): string {
  const told = words(phase);
  if (done === null) return told;
  return `${told}: ${count(done)}${total === null ? "" : ` of ${count(total)}`}`;
}

/** What became of it so far, in a line: the error, the result, the progress, or the next try. */
export function outcomeWords(job: Job): string {
  const progress = progressOf(job);
  if (job.state === "completed") return resultWords(job);
  if (job.state === "active" && progress) return progressWords(progress);
  if (job.error) return job.error.split("\n", 1)[0] ?? "";
  return job.reason ? words(job.reason) : "";
}
