import { rupees } from "@/lib/money";
import { count, percent } from "@/lib/numbers";
import { calendarDay } from "@/lib/time";
import { words } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import type { Column } from "@/ui/DataTable";
import { figure, known, named, type Row } from "./rows";

type ViewColumn = Column<Row>;

export const text = (id: string, header: string, primary = false): ViewColumn => ({
  id,
  header,
  primary,
  sort: (row) => named(row, id).toLowerCase(),
  cell: (row) =>
    row[id] == null ? (
      <span className="text-muted">unknown</span>
    ) : (
      <bdi className="whitespace-nowrap">{row[id]}</bdi>
    ),
});

export const number = (id: string, header: string): ViewColumn => ({
  id,
  header,
  align: "right",
  sort: (row) => known(row, id),
  cell: (row) => count(known(row, id)),
});

/** Years, which take no separators. */
export const year = (id: string, header: string): ViewColumn => ({
  ...text(id, header),
  align: "right",
  sort: (row) => known(row, id),
});

export const money = (id: string, header: string): ViewColumn => ({
  id,
  header,
  align: "right",
  sort: (row) => known(row, id),
  cell: (row) => <span className="whitespace-nowrap">{rupees(known(row, id))}</span>,
});

export const date = (id: string, header: string): ViewColumn => ({
  id,
  header,
  sort: (row) => named(row, id),
  cell: (row) => <span className="whitespace-nowrap">{calendarDay(named(row, id))}</span>,
});

/** A share, whose header names what it is divided by; the parts are told on hover. */
export const share = (header: string, part: string, whole: string): ViewColumn => ({
  id: `${part}/${whole}`,
  header,
  align: "right",
  sort: (row) => (figure(row, whole) ? figure(row, part) / figure(row, whole) : null),
  cell: (row) => (
    <span title={`${count(figure(row, part))} of ${count(figure(row, whole))}`}>
      {percent(figure(row, part), figure(row, whole))}
    </span>
  ),
});

export const drive: ViewColumn = {
  id: "drive",
  header: "Drive",
  primary: true,
  sort: (row) => named(row, "company").toLowerCase(),
  cell: (row) => (
    <>
      {[row.company, row.title].filter(Boolean).join(" · ")}
      <span className="block font-mono text-xs font-normal text-muted">{row.code}</span>
    </>
  ),
};

export const state: ViewColumn = {
  id: "status",
  header: "State",
  sort: (row) => named(row, "status"),
  cell: (row) => <StateBadge state={named(row, "status")} />,
};

const FIELDS: Record<string, string> = {
  cgpa: "CGPA",
  tenth_pct: "10th %",
  twelfth_or_diploma_pct: "12th or diploma %",
  accepted_ctc: "CTC of the accepted offer",
  batch_year: "Batch",
};

/** What a column of the roster is called. */
export const fieldWords = (field: string): string => FIELDS[field] ?? words(field);

export const field: ViewColumn = {
  id: "field",
  header: "Field",
  primary: true,
  sort: (row) => fieldWords(named(row, "field")),
  cell: (row) => fieldWords(named(row, "field")),
};
