import {
  createSortedRowModel,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
  useTable,
  type ColumnDef,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import clsx from "clsx";
import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import { useMemo, useRef, type ReactNode } from "react";
import type { Pages } from "../api/pages";
import { Pagination } from "./Pagination";
import { ErrorPanel, Skeleton } from "./States";
import { TableRow, type Selection } from "./TableRow";

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** The value to sort by; without it, or while there are unloaded rows, the column cannot be sorted. */
  sort?: (row: Row) => string | number | null;
  align?: "right";
  /** Holds the row's link, and is the heading of its card on a narrow screen. */
  primary?: boolean;
  /** Left out of the card on a narrow screen. */
  wideOnly?: boolean;
}

interface DataTableProps<Row> {
  /** Read by screen readers: what the table lists. */
  label: string;
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string | number;
  /** Keyset-paged rows of `usePages`, or else `rows` that are all there are. */
  pages?: Pages<Row>;
  rows?: readonly Row[];
  isPending?: boolean;
  error?: unknown;
  retry?: () => void;
  /** Where a row leads. */
  rowHref?: (row: Row) => string;
  selection?: Selection;
  /** Stays a table on a narrow screen and scrolls sideways: for figures that are compared down their columns. */
  wide?: boolean;
  /** An `EmptyState`. */
  empty: ReactNode;
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
});

/** From here on rows are drawn as they come into sight, in a scroll box of the table's own. */
const LONG = 100;
const ROW_HEIGHT = 41;

/** A table; on narrow screens its rows become cards, unless it is `wide`. */
export function DataTable<Row extends object>({ pages, ...props }: DataTableProps<Row>) {
  const rows = pages?.rows ?? props.rows;
  const pending = pages?.isPending ?? props.isPending ?? false;
  const error = pages?.error ?? props.error;
  const retry = pages ? () => void pages.refetch() : props.retry;
  if (error && !rows?.length) {
    return (
      <div className="p-4">
        <ErrorPanel error={error} retry={retry} />
      </div>
    );
  }
  if (pending || !rows) return <Skeleton lines={6} />;
  if (!rows.length) return <>{props.empty}</>;
  return (
    <>
      <Rows {...props} rows={rows} sortable={!pages?.hasMore} />
      {pages && (
        <Pagination
          shown={rows.length}
          hasMore={pages.hasMore}
          busy={pages.isLoadingMore}
          onMore={() => void pages.loadMore()}
        />
      )}
    </>
  );
}

type RowsProps<Row> = DataTableProps<Row> & { rows: readonly Row[]; sortable: boolean };

function Rows<Row extends object>({
  label,
  columns,
  rows,
  rowKey,
  rowHref,
  selection,
  wide,
  sortable,
}: RowsProps<Row>) {
  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.sort?.(row) ?? undefined,
        header: column.header,
        enableSorting: sortable && column.sort !== undefined,
        sortFn: "basic",
        sortUndefined: "last",
      })),
    [columns, sortable],
  );
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, columns: definitions, data, getRowId: (row) => String(rowKey(row)) });
  const shown = table.getRowModel().rows;
  const box = useRef<HTMLDivElement>(null);
  const long = shown.length > LONG;
  const virtual = useVirtualizer({
    count: long ? shown.length : 0,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const span = columns.length + (selection ? 1 : 0);
  const drawn = long ? items.map((item) => shown[item.index]).filter((row) => row !== undefined) : shown;

  return (
    <div
      ref={box}
      role={long ? "region" : undefined}
      aria-label={long ? label : undefined}
      tabIndex={long ? 0 : undefined}
      className={clsx("relative overflow-x-auto", long && "max-h-[70vh] overflow-y-auto")}
    >
      <table
        role="table"
        aria-label={label}
        aria-rowcount={shown.length + 1}
        className={clsx("w-full", wide ? "border-separate border-spacing-0" : "max-sm:block")}
      >
        <thead role="rowgroup" className={clsx(!wide && "max-sm:sr-only")}>
          <tr role="row">
            {selection && <SelectAll selection={selection} ids={shown.map((row) => row.id)} />}
            {table.getFlatHeaders().map((header, index) => (
              <th
                key={header.id}
                role="columnheader"
                aria-sort={ARIA_SORT[String(header.column.getIsSorted())]}
                className={clsx(
                  "sticky top-0 z-10 border-b border-line bg-surface py-2 text-xs font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4",
                  wide ? "px-2" : "px-3",
                  columns[index]?.align === "right" ? "text-right" : "text-left",
                  wide && columns[index]?.primary && "left-0 z-20",
                )}
              >
                {header.column.getCanSort() ? (
                  <SortButton
                    sorted={header.column.getIsSorted()}
                    onClick={header.column.getToggleSortingHandler()}
                  >
                    {columns[index]?.header}
                  </SortButton>
                ) : (
                  columns[index]?.header
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className={clsx(!wide && "max-sm:block")}>
          {long && before > 0 && <Gap height={before} span={span} />}
          {drawn.map((row) => (
            <TableRow
              key={row.id}
              id={row.id}
              row={row.original}
              columns={columns}
              href={rowHref?.(row.original)}
              selection={selection}
              index={row.index}
              wide={wide}
              measure={long ? virtual.measureElement : undefined}
            />
          ))}
          {long && after > 0 && <Gap height={after} span={span} />}
        </tbody>
      </table>
    </div>
  );
}

const ARIA_SORT: Record<string, "ascending" | "descending" | undefined> = {
  asc: "ascending",
  desc: "descending",
};

interface SortButtonProps {
  sorted: false | "asc" | "desc";
  onClick: ((event: unknown) => void) | undefined;
  children: ReactNode;
}

function SortButton({ sorted, onClick, children }: SortButtonProps) {
  const Icon = sorted === "asc" ? ArrowUp : sorted === "desc" ? ArrowDown : ArrowUpDown;
  return (
    <button
      type="button"
      onClick={onClick}
      className="group inline-flex items-center gap-1 font-medium hover:text-ink"
    >
      {children}
      <Icon
        aria-hidden
        size={12}
        className={clsx(!sorted && "opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60")}
      />
    </button>
  );
}

function SelectAll({ selection, ids }: { selection: Selection; ids: string[] }) {
  const all = ids.length > 0 && ids.every((id) => selection.chosen.has(id));
  return (
    <th role="columnheader" className="w-8 border-b border-line py-2 pl-4 text-left">
      <input
        type="checkbox"
        aria-label="Select all rows shown"
        className="size-4 align-middle accent-accent"
        checked={all}
        onChange={() => selection.onChange(new Set(all ? [] : ids))}
      />
    </th>
  );
}

const Gap = ({ height, span }: { height: number; span: number }) => (
  <tr aria-hidden style={{ height }} className="max-sm:block">
    <td colSpan={span} />
  </tr>
);
