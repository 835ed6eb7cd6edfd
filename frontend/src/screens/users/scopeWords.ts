import type { Schema } from "@/api/client";

/** What a coordinator looks after: `CSE, ECE of ENG; drives 3, 9`. */
export function scopeWords({ colleges, branches, drives }: Schema<"Scope">): string {
  const where = colleges.join(", ");
  const students = branches.length ? `${branches.join(", ")} of ${where || "every college"}` : where;
  const single = drives.length ? `drives ${drives.join(", ")}` : "";
  return [students, single].filter(Boolean).join("; ") || "nothing yet";
}
