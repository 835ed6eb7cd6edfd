import type { Schema } from "@/api/client";
import { count, counted } from "@/lib/numbers";
import { stamp } from "@/lib/time";
import { words } from "@/lib/words";
import { FIELD_WORDS } from "./fieldWords";

type Drive = Schema<"Drive">;
type AuditEvent = Schema<"AuditEvent">;

export interface Moment {
  key: string;
  at: string;
  what: string;
  by: string | null;
  reason: string | null;
  /** Not a move of the drive, but something done to it. */
  minor: boolean;
}

type Told = Record<string, unknown>;

const WHAT: Record<string, (after: Told) => string> = {
  "drive.create": () => "Created as a draft",
  "drive.update": (after) => `Changed: ${fields(after)}`,
  "drive.eligibility": () => "Eligibility computed",
  "drive.publish": (after) =>
    `Published to ${counted(Number(after.selected ?? 0), "student")}` +
    (after.removed ? `: ${count(Number(after.added))} added, ${count(Number(after.removed))} removed` : ""),
  "drive.extend": (after) =>
    typeof after.reg_closes_at === "string" ? `Close moved to ${stamp(after.reg_closes_at)}` : "Extended",
  "drive.pause": () => "Paused",
  "drive.resume": () => "Resumed",
  "drive.start": () => "Started",
  "drive.complete": () => "Completed",
  "drive.cancel": (after) =>
    `Called off${after.withdrawn ? `: ${counted(Number(after.withdrawn), "registration")} withdrawn` : ""}`,
  "drive.archive": () => "Archived",
  "round.create": () => "Round planned",
  "round.update": () => "Round changed",
  "round.delete": () => "Round dropped",
  "attendance.finalise": () => "Round finalised",
  "attendance.mark": () => "Attendance marked",
};

const MINOR = new Set(["drive.update", "drive.eligibility", "attendance.mark"]);

const fields = (after: Told): string =>
  Object.entries(after)
    .flatMap(([name, value]) => (name === "criteria" && value ? Object.keys(value) : [name]))
    .map((name) => FIELD_WORDS[name] ?? words(name).toLowerCase())
    .join(", ") || "nothing";

/** The events of the audit log, with marks of one sitting as one; what is older than the log comes from the drive. */
export function storyOf(drive: Drive, events: readonly AuditEvent[]): Moment[] {
  const told: (Moment & { marks: number })[] = [];
  for (const event of events) {
    const last = told.at(-1);
    if (event.action === "attendance.mark" && last?.marks && last.by === event.actor) {
      last.marks += 1;
      last.what = `Attendance marked, ${counted(last.marks, "time")}`;
    } else {
      told.push({ ...momentOf(event), marks: event.action === "attendance.mark" ? 1 : 0 });
    }
  }
  const actions = new Set(events.map(({ action }) => action));
  const older = storyOfDrive(drive).filter(({ key }) => !actions.has(key));
  return [...told, ...older].sort((one, other) => other.at.localeCompare(one.at));
}

function momentOf(event: AuditEvent): Moment {
  return {
    key: String(event.id),
    at: event.at,
    what: WHAT[event.action]?.(event.after ?? {}) ?? words(event.action.replace(".", " ")),
    by: event.actor,
    reason: event.reason,
    minor: MINOR.has(event.action),
  };
}

/** What the drive itself tells of its past. */
export function storyOfDrive(drive: Drive): Moment[] {
  const { created_at, created_by, eligibility_computed_at, published_at, published_by } = drive;
  const told: [action: string, at: string | null, what: string, by: string | null][] = [
    ["drive.publish", published_at, drive.auto_published ? "Published by itself" : "Published", published_by],
    ["drive.eligibility", eligibility_computed_at, "Eligibility computed", null],
    ["drive.create", created_at, "Created as a draft", created_by],
  ];
  return told
    .filter((one): one is [string, string, string, string | null] => one[1] !== null)
    .map(([key, at, what, by]) => ({ key, at, what, by, reason: null, minor: MINOR.has(key) }))
    .sort((one, other) => other.at.localeCompare(one.at));
}
