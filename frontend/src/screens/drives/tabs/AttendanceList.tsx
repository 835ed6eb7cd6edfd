import { PencilLine } from "lucide-react";
import { useState } from "react";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { useMayOn } from "@/api/profile";
import { oneOf, useFilters } from "@/lib/filters";
import { studentPath } from "@/lib/students";
import { cli, words } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Select } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { Time } from "@/ui/Time";
import { StudentName } from "../../students/StudentName";
import { CorrectDialog } from "./CorrectDialog";
import { STANDINGS } from "./decisions";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;
type Attendance = Schema<"Attendance">;

const CORRECTABLE = ["in_progress", "completed"];

const COLUMNS: Column<Attendance>[] = [
  {
    id: "student",
    header: "Student",
    primary: true,
    sort: (row) => row.name.toLowerCase(),
    cell: (row) => <StudentName student={row} />,
  },
  { id: "branch", header: "Branch", sort: (row) => row.branch, cell: (row) => row.branch ?? "unknown" },
  {
    id: "standing",
    header: "Stands",
    sort: (row) => row.status,
    cell: (row) => <StateBadge state={row.status} />,
  },
  {
    id: "marked",
    header: "Marked",
    sort: (row) => row.marked_at,
    cell: (row) =>
      row.marked_at ? (
        <span className="text-muted">
          <Time value={row.marked_at} /> by {row.marked_by}
          {row.reason && <span className="block max-w-80 text-xs break-words">“{row.reason}”</span>}
        </span>
      ) : (
        <span className="text-muted">–</span>
      ),
  },
];

/** Who is called to a round and who came; corrects single decisions once it is finalised. */
export function AttendanceList({ drive, round }: { drive: Drive; round: Round }) {
  const may = useMayOn(drive);
  const { get, set } = useFilters();
  const [correcting, setCorrecting] = useState<Attendance | null>(null);
  const status = oneOf(get("standing"), STANDINGS);
  const pages = usePages(["drives", drive.id, "attendance", round.seq, status], async (cursor) =>
    unwrap(
      await api.GET("/drives/{ref}/attendance", {
        params: { path: { ref: String(drive.id) }, query: { round: round.seq, status, cursor } },
      }),
    ),
  );
  const corrects =
    round.state === "finalised" && may("attendance.finalise") && CORRECTABLE.includes(drive.status);
  const columns = corrects ? [...COLUMNS, correction(setCorrecting)] : COLUMNS;
  const command = cli(
    ...["attendance", "list", "--drive", drive.code, "--round", round.seq],
    ...(status ? ["--status", status] : []),
  );
  return (
    <Panel
      title="Who is called"
      flush
      actions={
        <>
          <Select
            label="Stands"
            bare
            options={[
              { value: "", label: "However they stand" },
              ...STANDINGS.map((value) => ({ value, label: words(value) })),
            ]}
            value={status ?? ""}
            onChange={(event) => set({ standing: event.target.value })}
          />
          <CopyCli command={command} />
        </>
      }
    >
      <DataTable
        label={`Attendance of round ${round.seq}`}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.student_id}
        rowHref={studentPath}
        empty={
          status ? (
            <EmptyState
              title={`Nobody is ${words(status).toLowerCase()}`}
              action={<Button onClick={() => set({ standing: null })}>Show everybody</Button>}
            />
          ) : (
            <EmptyState title="Nobody is called to this round yet">
              Whoever came to the round before is called once that one is finalised.
            </EmptyState>
          )
        }
      />
      {correcting && (
        <CorrectDialog
          drive={drive}
          round={round}
          attendance={correcting}
          onClose={() => setCorrecting(null)}
        />
      )}
    </Panel>
  );
}

const correction = (onCorrect: (row: Attendance) => void): Column<Attendance> => ({
  id: "acts",
  header: "Acts",
  align: "right",
  cell: (row) => (
    <Button
      size="small"
      kind="quiet"
      icon={PencilLine}
      aria-label={`Correct ${row.name}`}
      onClick={() => onCorrect(row)}
    >
      Correct
    </Button>
  ),
});
