import { useMemo } from "react";
import { useFilters } from "@/lib/filters";
import { Button } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { EmptyState, ErrorPanel, Skeleton } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { DriveCard } from "./DriveCard";
import { useMyDrives, type MyStanding } from "./mine";

const TABS = [
  { value: "open", label: "Open now" },
  { value: "all", label: "All drives" },
];

export default function MyDrives() {
  const { get, set } = useFilters();
  const shown = get("show") === "all" ? "all" : "open";
  const show = (value: string) => set({ show: value === "all" ? value : null });
  return (
    <>
      <PageHeader title="Drives" />
      <Tabs label="Which drives" tabs={TABS} value={shown} onChange={show}>
        <Drives key={shown} open={shown === "open"} showAll={() => show("all")} />
      </Tabs>
    </>
  );
}

function Drives({ open, showAll }: { open: boolean; showAll: () => void }) {
  const pages = useMyDrives(open);
  const { rows } = pages;
  const sorted = useMemo(() => [...rows].sort(byUse), [rows]);
  if (pages.error && !rows.length)
    return <ErrorPanel error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isPending) return <Skeleton lines={8} />;
  if (!rows.length) return <NoDrives open={open} showAll={showAll} />;
  return (
    <>
      <ul className="grid gap-3 lg:grid-cols-2">
        {sorted.map((drive) => (
          <DriveCard key={drive.drive_id} drive={drive} />
        ))}
      </ul>
      {pages.hasMore && (
        <Pagination
          shown={rows.length}
          hasMore
          busy={pages.isLoadingMore}
          onMore={() => void pages.loadMore()}
        />
      )}
    </>
  );
}

/** First what I can register for, soonest close first; then what I am registered for; then the rest, newest first. */
function byUse(one: MyStanding, other: MyStanding): number {
  const rank = rankOf(one) - rankOf(other);
  if (rank) return rank;
  if (rankOf(one) > 2) return other.drive_id - one.drive_id;
  return (one.reg_closes_at ?? "").localeCompare(other.reg_closes_at ?? "");
}

function rankOf({ may_register, may_withdraw, window }: MyStanding): number {
  if (may_register) return 0;
  if (may_withdraw) return 1;
  return ["open", "not_open"].includes(window) ? 2 : 3;
}

const NoDrives = ({ open, showAll }: { open: boolean; showAll: () => void }) =>
  open ? (
    <EmptyState
      title="No drive takes registrations now"
      action={<Button onClick={showAll}>All drives</Button>}
    >
      When the placement office opens one to you, it appears here.
    </EmptyState>
  ) : (
    <EmptyState title="No drives yet">
      Drives that the placement office posts to your college appear here.
    </EmptyState>
  );
