import { Pencil } from "lucide-react";
import { lazy, Suspense } from "react";
import { Link, useParams } from "react-router";
import type { Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { useFilters } from "@/lib/filters";
import { cli } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { ButtonLink } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { PageHeader } from "@/ui/PageHeader";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
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
  const { data, error, refetch } = useDrive(id);
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={6} />;
  return <Shown told={data} />;
}

function Shown({ told }: { told: Schema<"DriveDetails"> }) {
  const { drive } = told;
  const may = useMay();
  const { get, set } = useFilters();
  const tabs = TABS.filter(({ needs }) => may(needs));
  const tab = tabs.find(({ value }) => value === get("tab"))?.value ?? "overview";
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
            {may("drive.write") && (
              <ButtonLink to={`/drives/${drive.id}/edit`} icon={Pencil}>
                Edit
              </ButtonLink>
            )}
          </>
        }
      />
      <Tabs
        label="Parts of this drive"
        tabs={tabs}
        value={tab}
        onChange={(value) => set({ tab: value === "overview" ? null : value })}
      >
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
