const RUPEES = new Intl.NumberFormat("en-IN", {
  style: "currency",
  currency: "INR",
  maximumFractionDigits: 0,
});
const LAKHS = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 2 });

/** Whole rupees: `₹12,00,000`; what is not known is `unknown`. */
export const rupees = (value: number | null | undefined): string =>
  value == null ? "unknown" : RUPEES.format(value);

/** Lakhs a year, where it must be short: `12 LPA`. */
export const lpa = (value: number | null | undefined): string =>
  value == null ? "unknown" : `${LAKHS.format(value / 100_000)} LPA`;

/** A range of pay: `8 – 12 LPA`, `12 LPA`, `from 8 LPA`, `unknown`. */
export function lpaRange(low: number | null, high: number | null): string {
  if (low == null && high == null) return "unknown";
  if (low == null) return `up to ${lpa(high)}`;
  if (high == null) return `from ${lpa(low)}`;
  return low === high ? lpa(low) : `${LAKHS.format(low / 100_000)} – ${lpa(high)}`;
}

const UNITS: Record<string, number> = {
  "": 1,
  lpa: 100_000,
  lakh: 100_000,
  lakhs: 100_000,
  cr: 10_000_000,
  crore: 10_000_000,
};

/** Whole rupees as people write them: `12,00,000`, `₹6,50,000`, `6.5 LPA`; null when empty, undefined when unreadable. */
export function fromRupees(text: string): number | null | undefined {
  if (!text.trim()) return null;
  const [, digits, unit = ""] = /^₹?\s*(\d[\d,]*(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (!digits || !factor) return undefined;
  const value = Math.round(Number(digits.replaceAll(",", "")) * factor * 100) / 100;
  return Number.isInteger(value) ? value : undefined;
}
