export const DECISIONS = ["PRESENT", "LATE", "ABSENT", "EXCUSED"] as const;
export const STANDINGS = ["PENDING", ...DECISIONS] as const;

export type Decision = (typeof DECISIONS)[number];
