const WHOLE = new Intl.NumberFormat("en-IN");
const PERCENT = new Intl.NumberFormat("en-IN", { style: "percent", maximumFractionDigits: 1 });

/** `2,30,000`; a dash for what is not known. */
export const count = (value: number | null | undefined): string =>
  value == null ? "–" : WHOLE.format(value);

/** `1 student`, `37 students`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${WHOLE.format(value)} ${value === 1 ? one : many}`;

/** A part of a whole: `12.5%`; a dash where the whole is nothing or unknown. */
export const percent = (part: number | null, whole: number | null): string =>
  part == null || !whole ? "–" : PERCENT.format(part / whole);

/** `1.4 MB` */
export function bytes(value: number | null | undefined): string {
  if (value == null) return "–";
  const units = ["B", "kB", "MB", "GB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
