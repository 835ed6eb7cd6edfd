let zone = "Asia/Kolkata";
const formats = new Map<string, Intl.DateTimeFormat>();

/** The college's zone, told by the profile: all times are shown in it. */
export function setZone(name: string): void {
  if (name !== zone) formats.clear();
  zone = name;
}

export const currentZone = (): string => zone;

function format(name: string, options: Intl.DateTimeFormatOptions, value: Date): string {
  let found = formats.get(name);
  if (!found) {
    found = new Intl.DateTimeFormat("en-IN", { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(name, found);
  }
  return found.format(value);
}

const DAY = { day: "numeric", month: "short", year: "numeric" } as const;
const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;

/** `28 Nov 2026, 14:02 IST` */
export const absolute = (value: string | Date): string =>
  format("absolute", { ...DAY, ...CLOCK, second: "2-digit", timeZoneName: "short" }, new Date(value));

/** `28 Nov 2026, 14:02` */
export const stamp = (value: string | Date): string => format("stamp", { ...DAY, ...CLOCK }, new Date(value));

/** `28 Nov 2026`, of a time in the college's zone. */
export const day = (value: string | Date): string => format("day", DAY, new Date(value));

/** `14:02` */
export const clock = (value: string | Date): string => format("clock", CLOCK, new Date(value));

/** `14:02:05` */
export const preciseClock = (value: string | Date): string =>
  format("precise", { ...CLOCK, second: "2-digit" }, new Date(value));

/** A calendar date (`2026-12-01`), which has no zone: `1 Dec 2026`. */
export function calendarDay(value: string): string {
  const [year = 0, month = 1, date = 1] = value.split("-").map(Number);
  return new Intl.DateTimeFormat("en-IN", { ...DAY, timeZone: "UTC" }).format(
    Date.UTC(year, month - 1, date),
  );
}

const RELATIVE = new Intl.RelativeTimeFormat("en-IN", { numeric: "auto" });
const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [3600, "minute"],
  [86_400, "hour"],
  [7 * 86_400, "day"],
];

/** `3 minutes ago`, `in 2 hours`; null when it is more than a week away. */
export function relative(value: string | Date, now: number = Date.now()): string | null {
  const seconds = (new Date(value).getTime() - now) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  let unit = 1;
  for (const [limit, name] of STEPS) {
    if (Math.abs(seconds) < limit) return RELATIVE.format(Math.trunc(seconds / unit), name);
    unit = limit === 7 * 86_400 ? unit : limit;
  }
  return null;
}

/** A length of time in its two largest units: `2 min 5 s`, `3 h`, `4 d 2 h`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor((whole % 86_400) / 3600), "h"],
    [Math.floor((whole % 3600) / 60), "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** What <input type="datetime-local"> shows for a moment, in the college's zone: `2026-12-01T17:00`. */
export function toInput(value: string | null): string {
  if (!value) return "";
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return parts.format(new Date(value)).replace(" ", "T");
}

/** The moment that an <input type="datetime-local"> means in the college's zone, as RFC 3339; null when empty. */
export function fromInput(value: string): string | null {
  if (!value) return null;
  const asUtc = new Date(`${value}Z`);
  const shown = new Date(`${toInput(asUtc.toISOString())}Z`);
  return new Date(2 * asUtc.getTime() - shown.getTime()).toISOString();
}
