import { count } from "@/lib/numbers";
import { stamp } from "@/lib/time";
import { words } from "@/lib/words";

const DONE: Record<string, string> = {
  add: "added",
  archive: "archived",
  cancel: "cancelled",
  complete: "completed",
  create: "created",
  delete: "deleted",
  disable: "disabled",
  download: "downloaded",
  drain: "drained",
  enable: "enabled",
  end: "ended",
  extend: "extended",
  finalise: "finalised",
  pause: "paused",
  prune: "pruned",
  publish: "published",
  record: "recorded",
  request: "asked for",
  restore: "restored",
  resume: "resumed",
  retry: "retried",
  revoke: "revoked",
  run: "run by hand",
  start: "started",
  update: "changed",
  verify: "verified",
  withdraw: "withdrawn",
  "change-password": "password changed",
  "reset-password": "password reset",
  "set-role": "role changed",
};

/** `drive.publish` → `Drive published`. */
export function actionWords(action: string): string {
  const [noun = "", verb = ""] = action.split(".", 2);
  return `${words(noun)} ${DONE[verb] ?? words(verb).toLowerCase()}`;
}

const PLACES: Record<string, (id: string) => string> = {
  drive: (id) => `/drives/${id}`,
  job: (id) => (/^[0-9]+$/.test(id) ? `/jobs/${id}` : "/jobs"),
  job_type: () => "/queues",
  schedule: () => "/schedules",
  user: () => "/users",
  token: () => "/tokens",
  export: () => "/exports",
};

/** Where an object is shown; undefined where the console shows none of its kind. */
export const placeOf = (type: string, id: string): string | undefined => PLACES[type]?.(id);

export interface Change {
  name: string;
  before: string | undefined;
  after: string | undefined;
}

type Values = Record<string, unknown>;

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Values by their paths, so that what lies deeper is compared as well. */
function flat(values: Values | null, above = ""): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, value] of Object.entries(values ?? {})) {
    const path = above ? `${above}, ${name}` : name;
    if (isValues(value)) flat(value, path).forEach((inner, at) => found.set(at, inner));
    else found.set(path, value);
  }
  return found;
}

const NONE = "none";
const ISO = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:/;

function valueWords(value: unknown): string {
  if (value === null) return NONE;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return count(value);
  if (Array.isArray(value)) return value.length ? value.map(valueWords).join(", ") : NONE;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return ISO.test(text) && !Number.isNaN(Date.parse(text)) ? stamp(text) : text;
}

/** What changed, value by value, without what is the same on both sides, or nothing on the one there is. */
export function changes(before: Values | null, after: Values | null): Change[] {
  const [was, is] = [flat(before), flat(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return names
    .map((name) => ({
      name: words(name),
      before: was.has(name) ? valueWords(was.get(name)) : undefined,
      after: is.has(name) ? valueWords(is.get(name)) : undefined,
    }))
    .filter(({ before: old, after: now }) => (old ?? NONE) !== (now ?? NONE));
}
