import type { Role } from "@/api/profile";
import type { User } from "./UserActs";

/** A role, and what it binds the account to; as the form has it. */
export interface Standing {
  role: Role;
  colleges: string[];
  branches: string[];
  /** Numbers of drives, as they are typed. */
  drives: string;
  student: string;
}

export const NO_STANDING: Standing = { role: "STAFF", colleges: [], branches: [], drives: "", student: "" };

export const standingOf = (user: User): Standing => ({
  role: user.role as Role,
  colleges: user.scope.colleges,
  branches: user.scope.branches,
  drives: user.scope.drives.join(", "),
  student: user.student ?? "",
});

const numbers = (text: string): number[] =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);

const NO_SCOPE = { colleges: [], branches: [], drives: [] };

/** As the API takes it: a scope belongs to coordinators, a student to a student's account. */
export function bodyOf({ role, colleges, branches, drives, student }: Standing) {
  const scope = role === "COORDINATOR" ? { colleges, branches, drives: numbers(drives) } : NO_SCOPE;
  return { role, scope, student: role === "STUDENT" ? student.trim() || null : null };
}

/** The same as options of the command line. */
export function standingOptions({ role, colleges, branches, drives, student }: Standing): string[] {
  const each = (option: string, values: readonly (string | number)[]) =>
    values.flatMap((value) => [option, String(value)]);
  const scope = [
    ...each("--college", colleges),
    ...each("--branch", branches),
    ...each("--drive", numbers(drives)),
  ];
  return [
    "--role",
    role,
    ...(role === "COORDINATOR" ? scope : []),
    ...(role === "STUDENT" && student ? ["--student", student] : []),
  ];
}
