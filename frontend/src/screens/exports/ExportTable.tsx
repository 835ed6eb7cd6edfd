import { Link } from "react-router";
import type { ReactNode } from "react";
import type { Schema } from "@/api/client";
import type { Pages } from "@/api/pages";
import { useMay } from "@/api/profile";
import { bytes, count } from "@/lib/numbers";
import { words } from "@/lib/words";
import { StateBadge, type Tone } from "@/ui/Badge";
import { Badge } from "@/ui/Badge";
import { DataTable, type Column } from "@/ui/DataTable";
import { Time } from "@/ui/Time";
import { CopyHash } from "./CopyHash";
import { DownloadButton } from "./DownloadButton";
import { presetLabel } from "./words";

type Export = Schema<"Export">;

const TONES: Record<string, Tone> = { ready: "good", pending: "info", expired: "neutral", failed: "bad" };

const EXPORT: Column<Export> = {
  id: "export",
  header: "Export",
  primary: true,
  sort: (row) => row.id,
  cell: (row) => (
    <>
      {presetLabel(row.preset)}
      <span className="block text-xs font-normal text-muted">
        {[`#${row.id}`, row.format.toUpperCase(), row.dialect === "excel" ? "for Excel" : "exact data"].join(
          " · ",
        )}
        {filterWords(row.filters) && <span className="block">{filterWords(row.filters)}</span>}
      </span>
    </>
  ),
};

const DRIVE: Column<Export> = {
  id: "drive",
  header: "Drive",
  sort: (row) => row.drive_code,
  cell: (row) => (
    <Link to={`/drives/${row.drive_id}`} className="font-mono text-xs underline-offset-2 hover:underline">
      {row.drive_code}
    </Link>
  ),
};

const REST: Column<Export>[] = [
  {
    id: "state",
    header: "State",
    sort: (row) => row.state,
    cell: (row) => <ExportState of={row} />,
  },
  {
    id: "requested",
    header: "Requested",
    sort: (row) => row.requested_at,
    cell: (row) => (
      <>
        <Time value={row.requested_at} />
        <span className="block text-xs break-all text-muted">{row.requested_by}</span>
      </>
    ),
  },
  { id: "rows", header: "Rows", align: "right", sort: (row) => row.rows, cell: (row) => count(row.rows) },
  {
    id: "size",
    header: "Size",
    align: "right",
    sort: (row) => row.bytes,
    cell: (row) => <span className="whitespace-nowrap">{bytes(row.bytes)}</span>,
  },
  {
    id: "hash",
    header: "SHA-256",
    cell: (row) => (row.sha256 ? <CopyHash hash={row.sha256} /> : <span className="text-muted">–</span>),
  },
  {
    id: "expires",
    header: "Expires",
    sort: (row) => row.expires_at,
    cell: (row) => <Time value={row.expires_at} />,
  },
  {
    id: "downloads",
    header: "Downloads",
    align: "right",
    sort: (row) => row.downloads,
    cell: (row) => count(row.downloads),
  },
  {
    id: "acts",
    header: "File",
    align: "right",
    cell: (row) =>
      row.state === "ready" ? <DownloadButton of={row} /> : <span className="text-muted">–</span>,
  },
];

const WITH_DRIVE = [EXPORT, DRIVE, ...REST];
const WITHOUT_DRIVE = [EXPORT, ...REST];

function filterWords(filters: Record<string, string>): string {
  return Object.entries(filters)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function ExportState({ of }: { of: Export }) {
  const may = useMay();
  if (of.job_id && of.state === "failed" && may("job.read")) {
    return (
      <>
        <StateBadge state="failed" />{" "}
        <Link to={`/jobs/${of.job_id}`} className="text-xs underline underline-offset-2">
          job {of.job_id}
        </Link>
      </>
    );
  }
  return <Badge tone={TONES[of.state]}>{words(of.state)}</Badge>;
}

interface ExportTableProps {
  pages: Pages<Export>;
  /** False on a drive's own page. */
  drive?: boolean;
  empty: ReactNode;
}

/** Exports with who asked, what is in the file, until when it is there, and the button that saves it. */
export function ExportTable({ pages, drive = true, empty }: ExportTableProps) {
  return (
    <DataTable
      label="Exports"
      columns={drive ? WITH_DRIVE : WITHOUT_DRIVE}
      pages={pages}
      rowKey={(row) => row.id}
      empty={empty}
    />
  );
}
