import type { Schema } from "@/api/client";
import { cli } from "@/lib/words";
import type { Entry } from "./rollList";

export type Plan = Schema<"Plan">;
export type Problem = Plan["problems"][number];
type Body = Schema<"PublishBody">;

/** Whom a publish is for, and what it does to the selection that stands. */
export type Way = "eligible" | "list" | "pick";
export type Effect = "replace" | "add" | "remove";

export interface Wanted {
  way: Way;
  effect: Effect;
  entries: readonly Entry[];
  /** `COLLEGE:ROLL_NO` of each student that was ticked. */
  picked: readonly string[];
  college: string;
  reason: string;
}

const MEMBERS = { replace: "selected_students", add: "add_students", remove: "remove_students" } as const;

/** The request for it, as a dry run or for good. */
export function bodyFor({ way, effect, entries, picked, college, reason }: Wanted, dryRun: boolean): Body {
  const students = way === "list" ? entries.map(({ roll }) => roll) : way === "pick" ? [...picked] : [];
  const lists = { selected_students: [], add_students: [], remove_students: [] };
  return {
    ...lists,
    ...(way === "eligible" ? {} : { [MEMBERS[effect]]: students }),
    eligible: way === "eligible",
    college: (way === "list" && college) || null,
    override_reason: reason.trim() || null,
    dry_run: dryRun,
  };
}

export const isNobody = ({ way, entries, picked }: Wanted): boolean =>
  (way === "list" && !entries.length) || (way === "pick" && !picked.length);

/** Whether both ask for the same; the entries of a list that was read once are the same array. */
export const sameWanted = (one: Wanted, other: Wanted): boolean =>
  one.way === other.way &&
  one.effect === other.effect &&
  one.college === other.college &&
  one.reason === other.reason &&
  (one.way !== "list" || one.entries === other.entries) &&
  (one.way !== "pick" || one.picked.join("\n") === other.picked.join("\n"));

/** The same as a command; the list is a file there. */
export function publishCommand(code: string, { way, effect, college, reason }: Wanted): string {
  const option = effect === "replace" ? "--students" : `--${effect}`;
  return cli(
    "drive",
    "publish",
    code,
    ...(way === "eligible" ? ["--eligible"] : [option, "rolls.txt"]),
    ...(way === "list" && college ? ["--college", college] : []),
    ...(reason.trim() ? ["--override-reason", reason.trim()] : []),
  );
}

export const unchangedIn = (plan: Plan): number => plan.selected - plan.added;

/** Whether two plans would do the same, in numbers. */
export const sameAs = (one: Plan, other: Plan): boolean =>
  one.selected === other.selected &&
  one.added === other.added &&
  one.removed === other.removed &&
  one.removed_registered === other.removed_registered &&
  one.overridden === other.overridden;

/** Kinds of problems, in words; the first two keep the list from being used. */
export const PROBLEMS: Record<string, string> = {
  unknown: "no such student",
  ambiguous: "several students have this roll number",
  "not eligible": "not eligible",
  duplicate: "named twice, counted once",
  "not selected": "not on the selection, nothing to remove",
};
