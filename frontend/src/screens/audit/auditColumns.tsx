import { Link } from "react-router";
import type { Schema } from "@/api/client";
import { words } from "@/lib/words";
import type { Column } from "@/ui/DataTable";
import { Time } from "@/ui/Time";
import { AuditChange } from "./AuditChange";
import { actionWords, placeOf } from "./auditWords";

type AuditEvent = Schema<"AuditEvent">;

const LINK = "underline underline-offset-2";

export const AUDIT_COLUMNS: Column<AuditEvent>[] = [
  {
    id: "act",
    header: "Act",
    primary: true,
    cell: (event) => (
      <>
        <span className="font-medium">{actionWords(event.action)}</span>
        <span className="block font-mono text-xs font-normal text-muted">{event.action}</span>
      </>
    ),
  },
  {
    id: "object",
    header: "Object",
    cell: (event) => <AuditObject event={event} />,
  },
  {
    id: "actor",
    header: "By",
    cell: (event) => (
      <Link
        to={`/audit?actor=${encodeURIComponent(event.actor)}`}
        aria-label={`All acts of ${event.actor}`}
        className={`break-all ${LINK}`}
      >
        {event.actor}
      </Link>
    ),
  },
  { id: "at", header: "When", cell: (event) => <Time value={event.at} /> },
  { id: "change", header: "What changed", cell: (event) => <AuditChange event={event} /> },
  {
    id: "request",
    header: "Request",
    cell: (event) =>
      event.request_id ? (
        <Link
          to={`/audit?request=${encodeURIComponent(event.request_id)}`}
          title={event.request_id}
          className={`font-mono text-xs ${LINK}`}
        >
          <span className="sr-only">All acts of request </span>
          {event.request_id.slice(0, 8)}
        </Link>
      ) : (
        <span className="text-muted">–</span>
      ),
  },
];

function AuditObject({ event }: { event: AuditEvent }) {
  const to = placeOf(event.object_type, event.object_id);
  const text = (
    <>
      {words(event.object_type)} <span className="break-all">{event.object_id}</span>
    </>
  );
  return to ? (
    <Link to={to} className={LINK}>
      {text}
    </Link>
  ) : (
    text
  );
}
