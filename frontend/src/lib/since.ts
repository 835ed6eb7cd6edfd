/** Spans that lists can be narrowed to, as the command line writes them. */
export const SPANS = [
  { value: "1h", label: "Within an hour" },
  { value: "24h", label: "Within a day" },
  { value: "7d", label: "Within a week" },
  { value: "30d", label: "Within 30 days" },
] as const;

const MS: Record<string, number> = { h: 3_600_000, d: 86_400_000 };

/** The moment that lies a span (`24h`, `7d`) before now, as RFC 3339; undefined for no span. */
export function sinceOf(span: string): string | undefined {
  const found = /^([0-9]{1,4})([hd])$/.exec(span);
  const unit = MS[found?.[2] ?? ""];
  return found && unit ? new Date(Date.now() - Number(found[1]) * unit).toISOString() : undefined;
}
