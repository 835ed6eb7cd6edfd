import clsx from "clsx";
import type { ReactNode } from "react";
import type { Tone } from "./Badge";

const TONES: Partial<Record<Tone, string>> = {
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
  info: "text-info",
  accent: "text-accent",
};

interface StatProps {
  label: string;
  value: ReactNode;
  about?: ReactNode;
  tone?: Tone;
}

/** One figure with its name; put several into a `StatRow`. */
export function Stat({ label, value, about, tone = "neutral" }: StatProps) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className={clsx("mt-0.5 text-lg font-semibold tabular-nums", TONES[tone])}>{value}</dd>
      {about && <dd className="text-xs text-muted">{about}</dd>}
    </div>
  );
}

export function StatRow({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-[repeat(auto-fit,minmax(9rem,1fr))]">
      {children}
    </dl>
  );
}

/** Names and values beside each other; values that are null are left out. */
export function KeyValue({ items }: { items: [name: string, value: ReactNode | null][] }) {
  return (
    <dl className="grid grid-cols-1 gap-x-4 gap-y-1.5 sm:grid-cols-[max-content_1fr]">
      {items
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted max-sm:mt-1.5 max-sm:text-xs">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
