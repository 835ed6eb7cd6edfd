import { count } from "@/lib/numbers";

/** As many rows as a chart can show; the table has all. */
export const MOST = 24;

export const LeftOut = ({ rows, what }: { rows: number; what: string }) =>
  rows > MOST ? (
    <p className="mt-2 text-xs text-muted">
      The {MOST} {what} of {count(rows)}; the table has all. Filters narrow both.
    </p>
  ) : null;
