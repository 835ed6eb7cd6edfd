import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { useMay } from "@/api/profile";
import { useLive } from "@/api/useLive";
import { cli } from "@/lib/words";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { ScheduleActs } from "./ScheduleActs";
import { SCHEDULE_COLUMNS } from "./scheduleColumns";
import type { Schedule } from "./scheduleWords";

const COLUMNS_OF_MANAGERS: Column<Schedule>[] = [
  ...SCHEDULE_COLUMNS,
  { id: "acts", header: "Acts", align: "right", cell: (schedule) => <ScheduleActs schedule={schedule} /> },
];

export default function ScheduleList() {
  const may = useMay();
  const { mode } = useLive();
  const schedules = useQuery({
    queryKey: ["schedules"],
    queryFn: async () => unwrap(await api.GET("/schedules")).items,
    refetchInterval: mode === "paused" ? false : 30_000,
    meta: { live: true },
  });
  return (
    <>
      <PageHeader
        title="Schedules"
        about="What goes by the clock. Times are shown in the college's zone."
        actions={<CopyCli command={cli("schedule", "list")} />}
      />
      <Panel flush>
        <DataTable
          label="Schedules"
          columns={may("schedule.manage") ? COLUMNS_OF_MANAGERS : SCHEDULE_COLUMNS}
          rows={schedules.data}
          isPending={schedules.isPending}
          error={schedules.error}
          retry={() => void schedules.refetch()}
          rowKey={(schedule) => schedule.name}
          empty={<EmptyState title="No schedules" command="placeops db migrate" />}
        />
      </Panel>
    </>
  );
}
