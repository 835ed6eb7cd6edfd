import type { Schema } from "@/api/client";

/** A row of a view by the names of its columns. */
export type Row = Record<string, string | number | null>;

export function rowsOf({ columns, rows }: Schema<"ViewData">): Row[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((name, place) => [name, row[place] as Row[string]])),
  );
}

/** A figure; a sum of the database may come as text, and nothing counts as 0. */
export const figure = (row: Row, name: string): number => Number(row[name] ?? 0);

/** Like `figure`, but what is unknown stays so. */
export const known = (row: Row, name: string): number | null =>
  row[name] == null ? null : Number(row[name]);

/** A name as it is shown and filtered by: what is not known is called so. */
export const named = (row: Row, name: string): string => String(row[name] ?? "unknown");

export const total = (rows: readonly Row[], name: string): number =>
  rows.reduce((sum, row) => sum + figure(row, name), 0);

/** Rows that share a name, in the order in which the names first occur. */
export function grouped(rows: readonly Row[], name: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(name(row));
    if (group) group.push(row);
    else groups.set(name(row), [row]);
  }
  return [...groups];
}
