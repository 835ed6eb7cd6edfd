import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { count, counted } from "@/lib/numbers";
import { Panel } from "@/ui/Panel";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import type { Status } from "./useStatus";

const SOON_MS = 48 * 3_600_000;

/** The drives whose registration closes soon, the first of them first. */
async function closing() {
  const query = { registration: "open", limit: 200 } as const;
  const open = unwrap(await api.GET("/drives", { params: { query } })).items;
  const until = Date.now() + SOON_MS;
  return open
    .filter((drive) => drive.reg_closes_at !== null && Date.parse(drive.reg_closes_at) < until)
    .sort((one, other) => (one.reg_closes_at ?? "").localeCompare(other.reg_closes_at ?? ""));
}

/** How many drives take registrations, and which of them close within two days. */
export function Closing({ drives }: { drives: Status["drives"] }) {
  const {
    data: soon,
    error,
    refetch,
  } = useQuery({
    queryKey: ["drives", "closing"],
    queryFn: closing,
    staleTime: 60_000,
    refetchInterval: 60_000,
  });
  const open = drives.reduce((sum, one) => sum + one.open, 0);
  return (
    <Panel
      title="Closing within 48 hours"
      flush
      actions={
        <Link to="/drives?registration=open" className="text-sm text-accent underline underline-offset-2">
          {counted(open, "open drive")}
        </Link>
      }
    >
      {error && !soon && (
        <div className="p-4">
          <ErrorPanel error={error} retry={() => void refetch()} />
        </div>
      )}
      {!soon && !error && <Skeleton />}
      {soon?.length === 0 && <p className="px-4 py-6 text-muted">No registration closes so soon.</p>}
      <ul className="divide-y divide-line">
        {soon?.map((drive) => (
          <li key={drive.id} className="flex flex-wrap items-baseline justify-between gap-x-3 px-4 py-2.5">
            <Link
              to={`/drives/${drive.id}`}
              className="min-w-0 font-medium underline-offset-2 hover:underline"
            >
              {drive.company} · {drive.title}
            </Link>
            <span className="text-sm text-muted">
              {count(drive.registered)} of {count(drive.selection.selected)} registered, closes{" "}
              <Time value={drive.reg_closes_at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
