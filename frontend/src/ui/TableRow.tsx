import clsx from "clsx";
import type { MouseEvent } from "react";
import { Link, useNavigate } from "react-router";
import type { Column } from "./DataTable";

/** The ids (as text) of the rows that are chosen. */
export interface Selection {
  chosen: ReadonlySet<string>;
  onChange: (chosen: Set<string>) => void;
}

interface TableRowProps<Row> {
  id: string;
  row: Row;
  columns: readonly Column<Row>[];
  href: string | undefined;
  selection: Selection | undefined;
  index: number;
  wide: boolean | undefined;
  measure: ((element: HTMLTableRowElement | null) => void) | undefined;
}

/** Its first column stays in sight while the rest scrolls; collapsed borders would not stay with it. */
const WIDE = "border-t border-line px-2 [tr:first-child>&]:border-t-0";
const PINNED = "sticky left-0 bg-surface max-sm:min-w-36";

const CARD = "max-sm:px-0! max-sm:py-0.5";

const cardLook = ({ primary, wideOnly }: { primary?: boolean; wideOnly?: boolean }): string =>
  clsx(
    wideOnly && "max-sm:hidden",
    primary
      ? "max-sm:block max-sm:text-left max-sm:font-medium"
      : "max-sm:has-[>div:empty]:hidden max-sm:flex max-sm:justify-between max-sm:gap-4 max-sm:text-right max-sm:before:shrink-0 max-sm:before:text-muted max-sm:before:content-[attr(data-label)]",
  );

export function TableRow<Row>({
  id,
  row,
  columns,
  href,
  selection,
  index,
  wide,
  measure,
}: TableRowProps<Row>) {
  const navigate = useNavigate();
  const follow = (event: MouseEvent) => {
    if (!href || window.getSelection()?.toString()) return;
    if ((event.target as Element).closest("a, button, input, select, label")) return;
    void navigate(href);
  };
  return (
    // The link in the primary cell is what keyboards use; a click anywhere in the row is a shortcut to it.
    <tr
      ref={measure}
      role="row"
      data-index={index}
      onClick={follow}
      className={clsx(
        "border-b border-line last:border-b-0",
        !wide && "max-sm:block max-sm:px-4 max-sm:py-3",
        href && "cursor-pointer hover:bg-sunken",
        selection?.chosen.has(id) && "bg-accent-soft",
      )}
    >
      {selection && <Choose id={id} selection={selection} />}
      {columns.map((column) => (
        <td
          key={column.id}
          role="cell"
          data-label={column.header}
          className={clsx(
            wide ? WIDE : "px-3",
            "py-2 align-top first:pl-4 last:pr-4",
            column.align === "right" && "text-right tabular-nums",
            wide ? column.primary && PINNED : [CARD, cardLook(column)],
          )}
        >
          {column.primary && href ? (
            <Link to={href} className="font-medium text-ink underline-offset-2 hover:underline">
              {column.cell(row)}
            </Link>
          ) : (
            <div className="min-w-0">{column.cell(row)}</div>
          )}
        </td>
      ))}
    </tr>
  );
}

function Choose({ id, selection }: { id: string; selection: Selection }) {
  const toggle = () => {
    const chosen = new Set(selection.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    selection.onChange(chosen);
  };
  return (
    <td role="cell" className="w-8 py-2 pl-4 align-top max-sm:float-right max-sm:p-0">
      <input
        type="checkbox"
        aria-label={`Select row ${id}`}
        className="size-4 accent-accent"
        checked={selection.chosen.has(id)}
        onChange={toggle}
      />
    </td>
  );
}
