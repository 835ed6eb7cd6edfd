import { CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schema } from "@/api/client";
import { Badge } from "@/ui/Badge";
import { CopyCli } from "@/ui/CopyCli";
import { Panel } from "@/ui/Panel";

type Check = Schema<"Check">;

/** Where the console lets one look further, or act. */
const PLACES: Record<string, (id: string | null) => [to: string, label: string]> = {
  drive: (id) => [`/drives/${id ?? ""}`, "Open the drive"],
  jobs: (id) => [`/jobs?state=${id ?? ""}`, "See the jobs"],
  queue: () => ["/queues", "See the queues"],
  schedule: () => ["/schedules", "See the schedules"],
  view: () => ["/analytics", "See the analytics"],
  workers: () => ["/workers", "See the workers"],
  user: () => ["/users", "See the users"],
};

/** The first command in a remedy's words, which may say more around it. */
const commandIn = (fix: string): string | undefined => /placeops [a-z]+( [\w-]+)*/.exec(fix)?.[0];

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What somebody has to look at, worst first, each with where to go and what to type. */
export function Attention({ checks }: { checks: readonly Check[] }) {
  const sorted = [...checks].sort(
    (one, other) => Number(other.status === "fail") - Number(one.status === "fail"),
  );
  return (
    <Panel title="What needs attention" flush>
      {sorted.length === 0 ? (
        <p className="flex items-center gap-2 px-4 py-6 text-muted">
          <CircleCheck aria-hidden size={16} className="text-good" /> Nothing: everything is as it should be.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {sorted.map((check) => (
            <Item key={`${check.name} ${check.id ?? ""} ${check.detail}`} check={check} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Item({ check }: { check: Check }) {
  const place = check.kind ? PLACES[check.kind]?.(check.id ?? null) : undefined;
  const command = check.fix ? commandIn(check.fix) : undefined;
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <span className="w-12 shrink-0 pt-px">
        <Badge tone={check.status === "fail" ? "bad" : "warn"}>
          {check.status === "fail" ? "Fail" : "Warn"}
        </Badge>
      </span>
      <div className="min-w-0 grow">
        <p className="break-words">
          <span className="font-medium">{capital(check.name)}</span>: {check.detail}
        </p>
        {check.fix && <p className="text-xs break-words text-muted">{check.fix}</p>}
        {place && <Go to={place[0]}>{place[1]}</Go>}
      </div>
      {command && <CopyCli command={command} />}
    </li>
  );
}

const Go = ({ to, children }: { to: string; children: ReactNode }) => (
  <Link to={to} className="text-sm text-accent underline underline-offset-2">
    {children}
  </Link>
);
