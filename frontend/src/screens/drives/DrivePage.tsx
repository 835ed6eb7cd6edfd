import { lazy, Suspense } from "react";
import { Link, Navigate, useParams } from "react-router";
import type { Schema } from "@/api/client";
import { useMayOn, useProfile } from "@/api/profile";
import { useFilters } from "@/lib/filters";
import { cli } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { CopyCli } from "@/ui/CopyCli";
import { PageHeader } from "@/ui/PageHeader";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { DriveMoves } from "./DriveMoves";
import { DriveNotices } from "./DriveNotices";
import { useDrive } from "./useDrive";

const OverviewTab = lazy(() => import("./tabs/OverviewTab"));
const EligibilityTab = lazy(() => import("./tabs/EligibilityTab"));
const SelectionTab = lazy(() => import("./tabs/SelectionTab"));
const RegistrationsTab = lazy(() => import("./tabs/RegistrationsTab"));
const AttendanceTab = lazy(() => import("./tabs/AttendanceTab"));
const ExportsTab = lazy(() => import("./tabs/ExportsTab"));

/** The tabs of a drive, each with the permission without which it is not shown. */
const TABS = [
  { value: "overview", label: "Overview", needs: "drive.read" },
  { value: "eligibility", label: "Eligibility", needs: "eligibility.read" },
  { value: "selection", label: "Selection & publish", needs: "drive.write" },
  { value: "registrations", label: "Registrations", needs: "registration.read" },
  { value: "attendance", label: "Attendance", needs: "attendance.read" },
  { value: "exports", label: "Exports", needs: "export.read" },
] as const;

type TabName = (typeof TABS)[number]["value"];

export default function DrivePage() {
  const { id = "" } = useParams();
  // Students see a drive as it concerns them.
  return useProfile().role === "STUDENT" ? <Navigate to={`/my/drives/${id}`} replace /> : <Office id={id} />;
}

function Office({ id }: { id: string }) {
  const { data, error, refetch } = useDrive(id);
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={6} />;
  return <Shown told={data} />;
}

function Shown({ told }: { told: Schema<"DriveDetails"> }) {
  const { drive } = told;
  const may = useMayOn(drive);
  const { get, set } = useFilters();
  const tabs = TABS.filter(({ needs }) => may(needs));
  const tab = tabs.find(({ value }) => value === get("tab"))?.value ?? "overview";
  const go = (value: string) => set({ tab: value === "overview" ? null : value });
  return (
    <>
      <PageHeader
        above={<Link to="/drives">Drives</Link>}
        title={`${drive.company} · ${drive.title}`}
        badge={<StateBadge state={drive.status} />}
        about={<span className="font-mono">{drive.code}</span>}
        actions={
          <>
            <CopyCli command={cli("drive", "show", drive.code)} />
            <DriveMoves drive={drive} tab={tab} onPublish={() => go("selection")} />
          </>
        }
      />
      <DriveNotices drive={drive} onSelection={tab === "selection" ? undefined : () => go("selection")} />
      <Tabs label="Parts of this drive" tabs={tabs} value={tab} onChange={go}>
        <Suspense fallback={<Skeleton lines={6} />}>
          <Chosen tab={tab} told={told} />
        </Suspense>
      </Tabs>
    </>
  );
}

function Chosen({ tab, told }: { tab: TabName; told: Schema<"DriveDetails"> }) {
  if (tab === "eligibility") return <EligibilityTab told={told} />;
  if (tab === "selection") return <SelectionTab told={told} />;
  if (tab === "registrations") return <RegistrationsTab drive={told.drive} />;
  if (tab === "attendance") return <AttendanceTab drive={told.drive} />;
  if (tab === "exports") return <ExportsTab drive={told.drive} />;
  return <OverviewTab told={told} />;
}
