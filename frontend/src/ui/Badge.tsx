import clsx from "clsx";
import type { ReactNode } from "react";
import { words } from "../lib/words";

export type Tone = "neutral" | "accent" | "good" | "warn" | "bad" | "info";

const TONES: Record<Tone, string> = {
  neutral: "bg-sunken text-muted",
  accent: "bg-accent-soft text-accent-strong",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
};

/** A word on a coloured ground; the word alone carries the meaning. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={clsx("inline-block rounded px-1.5 py-px text-xs font-medium whitespace-nowrap", TONES[tone])}
    >
      {children}
    </span>
  );
}

/** How states of drives, jobs, selections, exports, rounds, registrations and offers look. */
const STATES: Record<string, Tone> = {
  draft: "neutral",
  posted: "accent",
  paused: "warn",
  in_progress: "info",
  completed: "good",
  cancelled: "bad",
  archived: "neutral",
  open: "good",
  not_open: "neutral",
  closed: "neutral",
  waiting: "neutral",
  delayed: "warn",
  active: "info",
  failed: "bad",
  running: "good",
  stopped: "neutral",
  lost: "bad",
  registered: "good",
  withdrawn: "neutral",
  eligible: "good",
  not_eligible: "bad",
  ineligible: "bad",
  review: "warn",
  present: "good",
  late: "warn",
  absent: "bad",
  excused: "info",
  pending: "neutral",
  offered: "info",
  accepted: "good",
  declined: "neutral",
  revoked: "bad",
  expired: "neutral",
  pass: "good",
  fail: "bad",
  unknown: "warn",
};

/** The badge of a state as the API names it. */
export function StateBadge({ state, label }: { state: string; label?: string }) {
  return <Badge tone={STATES[state.toLowerCase()] ?? "neutral"}>{label ?? words(state)}</Badge>;
}
