import { FileDown, FileUp } from "lucide-react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { useMay } from "@/api/profile";
import { useFilters } from "@/lib/filters";
import { count } from "@/lib/numbers";
import { save } from "@/lib/save";
import { studentPath } from "@/lib/students";
import { cli } from "@/lib/words";
import { Badge } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { SearchBox } from "@/ui/SearchBox";
import { EmptyState } from "@/ui/States";
import { BatchFilter, BranchFilter, CollegeFilter } from "./StudentFilters";
import { StudentName } from "./StudentName";

type Student = Schema<"Student">;

const unknown = <span className="text-muted">unknown</span>;

const COLUMNS: Column<Student>[] = [
  {
    id: "student",
    header: "Student",
    primary: true,
    sort: (student) => student.name.toLowerCase(),
    cell: (student) => <StudentName student={student} />,
  },
  {
    id: "programme",
    header: "Programme",
    sort: (student) => student.programme,
    cell: (student) => student.programme ?? unknown,
  },
  {
    id: "branch",
    header: "Branch",
    sort: (student) => student.branch,
    cell: (student) => student.branch ?? unknown,
  },
  {
    id: "batch",
    header: "Batch",
    align: "right",
    sort: (student) => student.batch_year,
    cell: (student) => student.batch_year ?? unknown,
  },
  {
    id: "cgpa",
    header: "CGPA",
    align: "right",
    sort: (student) => (student.cgpa === null ? null : Number(student.cgpa)),
    cell: (student) => student.cgpa ?? unknown,
  },
  {
    id: "backlogs",
    header: "Active backlogs",
    align: "right",
    sort: (student) => student.active_backlogs,
    cell: (student) => (student.active_backlogs === null ? unknown : count(student.active_backlogs)),
  },
  { id: "flags", header: "Flags", cell: (student) => <Flags student={student} /> },
];

/** What stands out about a student; nothing for most. */
export function Flags({ student }: { student: Student }) {
  if (!student.placed && !student.debarred && student.admission_type !== "LATERAL") return null;
  return (
    <span className="inline-flex flex-wrap gap-1">
      {student.placed && <Badge tone="good">Placed</Badge>}
      {student.debarred && <Badge tone="bad">Debarred</Badge>}
      {student.admission_type === "LATERAL" && <Badge>Lateral</Badge>}
    </span>
  );
}

/** The students in sight, found by roll number or name, narrowed by college, branch and batch. */
export default function StudentList() {
  const may = useMay();
  const { get, set, clear } = useFilters();
  const query = {
    q: get("q") || undefined,
    college: get("college") || undefined,
    branch: get("branch") || undefined,
    batch_year: Number(get("batch")) || undefined,
  };
  const filtered = Object.values(query).some(Boolean);
  const pages = usePages(["students", query], async (cursor) =>
    unwrap(await api.GET("/students", { params: { query: { ...query, cursor } } })),
  );
  const roster = useAct(
    async () => save(await api.GET("/students/export", { params: { query }, parseAs: "blob" })),
    { done: "The roster is saved" },
  );
  return (
    <>
      <PageHeader
        title="Students"
        actions={
          <>
            <CopyCli command={cli("student", "list", ...flags(query))} />
            <Button icon={FileDown} busy={roster.isPending} onClick={() => roster.mutate(undefined)}>
              Save as CSV
            </Button>
            {may("student.import") && (
              <ButtonLink to="/students/import" kind="primary" icon={FileUp}>
                Import a roster
              </ButtonLink>
            )}
          </>
        }
      />
      <div className="mb-3 flex flex-wrap gap-2">
        <SearchBox
          label="Search by roll number or name"
          className="grow basis-full sm:max-w-80 sm:basis-56"
          value={get("q")}
          onChange={(q) => set({ q })}
        />
        <CollegeFilter value={get("college")} onChange={(college) => set({ college })} />
        <BranchFilter value={get("branch")} onChange={(branch) => set({ branch })} />
        <BatchFilter value={get("batch")} onChange={(batch) => set({ batch })} />
        {filtered && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
      <Panel flush>
        <DataTable
          label="Students"
          columns={COLUMNS}
          pages={pages}
          rowKey={(student) => student.id}
          rowHref={studentPath}
          empty={filtered ? <NoMatch clear={clear} /> : <NoStudents mayImport={may("student.import")} />}
        />
      </Panel>
    </>
  );
}

function flags(query: { q?: string; college?: string; branch?: string; batch_year?: number }): string[] {
  return [
    ...(query.q ? ["--search", query.q] : []),
    ...(query.college ? ["--college", query.college] : []),
    ...(query.branch ? ["--branch", query.branch] : []),
    ...(query.batch_year ? ["--batch-year", String(query.batch_year)] : []),
  ];
}

const NoMatch = ({ clear }: { clear: () => void }) => (
  <EmptyState
    title="No student matches these filters"
    action={<Button onClick={clear}>Clear the filters</Button>}
  >
    The search takes how a roll number, or a word of a name, begins.
  </EmptyState>
);

const NoStudents = ({ mayImport }: { mayImport: boolean }) =>
  mayImport ? (
    <EmptyState
      title="No students yet"
      command="placeops student import roster.csv --college CODE"
      action={
        <ButtonLink to="/students/import" kind="primary" icon={FileUp}>
          Import a roster
        </ButtonLink>
      }
    >
      A roster is a CSV with a row for each student.
    </EmptyState>
  ) : (
    <EmptyState title="No students in sight">
      The office imports them; a coordinator sees those of the own colleges and branches.
    </EmptyState>
  );
