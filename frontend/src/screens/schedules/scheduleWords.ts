import type { Schema } from "@/api/client";
import { duration } from "@/lib/time";
import { words } from "@/lib/words";

export type Schedule = Schema<"Schedule">;
export type Fire = Schema<"ScheduleFire">;

const DOES: Record<string, string> = {
  "prune-jobs": "Remove old finished jobs",
  "remove-expired-exports": "Remove export files whose time is over",
};

/** What a schedule does, in the office's words. */
export function scheduleWords({ job_type, payload }: Schedule): string {
  if (job_type === "refresh-materialized-views" && typeof payload.view === "string") {
    return `Refresh the analytics: ${payload.view.replaceAll("_", " ").replace("ctc", "CTC")}`;
  }
  return DOES[job_type] ?? words(job_type);
}

export const CATCH_UP: Record<string, string> = {
  one: "Ticks that were missed are made up for by one run.",
  all: "Every tick that was missed is made up for.",
  none: "Ticks that were missed are left out.",
};

const ON_TIME_SECONDS = 60;

/** How punctual a fire was, and what it folded in: `3 min late, 4 missed before it`; empty when on time. */
export function punctuality(fire: Fire): string {
  const late = (Date.parse(fire.fired_at) - Date.parse(fire.fire_at)) / 1000;
  const parts = [
    late >= ON_TIME_SECONDS && `${duration(late)} late`,
    fire.missed > 0 && `${fire.missed} missed before it`,
  ];
  return parts.filter(Boolean).join(", ");
}
