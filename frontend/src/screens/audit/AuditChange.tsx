import type { Schema } from "@/api/client";
import { changes, type Change } from "./auditWords";

const SHOWN = 4;

/** What an act changed: how each value was, and how it is. */
export function AuditChange({ event }: { event: Schema<"AuditEvent"> }) {
  const found = changes(event.before, event.after);
  if (!found.length && !event.reason) return <span className="text-muted">–</span>;
  const rest = found.slice(SHOWN);
  return (
    <div className="max-w-md max-sm:text-right">
      {event.reason && <p className="break-words">“{event.reason}”</p>}
      <Lines changes={found.slice(0, SHOWN)} />
      {rest.length > 0 && (
        <details>
          <summary className="cursor-pointer text-xs text-muted">{rest.length} more</summary>
          <Lines changes={rest} />
        </details>
      )}
    </div>
  );
}

const Lines = ({ changes }: { changes: readonly Change[] }) => (
  <dl className="text-sm">
    {changes.map(({ name, before, after }) => (
      <div key={name} className="break-words">
        <dt className="inline text-muted">{name}: </dt>
        <dd className="inline">
          {before !== undefined && (
            <>
              <span className="sr-only">was </span>
              <del className="text-muted">{before}</del>
            </>
          )}
          {before !== undefined && after !== undefined && (
            <>
              <span aria-hidden> → </span>
              <span className="sr-only">, is </span>
            </>
          )}
          {after !== undefined && <ins className="no-underline">{after}</ins>}
        </dd>
      </div>
    ))}
  </dl>
);
