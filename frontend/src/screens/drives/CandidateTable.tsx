import { useMemo } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { useSeveralColleges } from "@/api/choices";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { oneOf, useFilters } from "@/lib/filters";
import { studentRef } from "@/lib/students";
import { cli, words } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Select } from "@/ui/Field";
import { SearchBox } from "@/ui/SearchBox";
import { EmptyState } from "@/ui/States";
import type { Selection } from "@/ui/TableRow";
import { BranchFilter, CollegeFilter } from "../students/StudentFilters";
import { StudentName } from "../students/StudentName";
import { VerdictBadge, WhyDialog } from "../students/Why";
import { plain } from "./rules";

type Candidate = Schema<"Candidate">;

const VERDICTS = ["eligible", "review", "not"] as const;
const ON_LIST = ["yes", "no"] as const;

const COLUMNS: Column<Candidate>[] = [
  {
    id: "student",
    header: "Student",
    primary: true,
    sort: (one) => one.roll_no,
    cell: (one) => <StudentName student={one} />,
  },
  {
    id: "branch",
    header: "Branch and batch",
    sort: (one) => one.branch,
    cell: (one) => [one.branch, one.batch_year].filter(Boolean).join(" · ") || "unknown",
  },
  {
    id: "cgpa",
    header: "CGPA",
    align: "right",
    sort: (one) => (one.cgpa === null ? null : Number(one.cgpa)),
    cell: (one) => (one.cgpa === null ? <span className="text-muted">unknown</span> : plain(one.cgpa)),
  },
  {
    id: "verdict",
    header: "Verdict",
    sort: (one) => one.verdict,
    cell: (one) => <VerdictBadge verdict={one.verdict} />,
  },
  { id: "reason", header: "Reason", cell: (one) => one.reason ?? <span className="text-muted">–</span> },
  {
    id: "selected",
    header: "On the selection",
    sort: (one) => (one.selected ? 1 : 0),
    cell: (one) => (one.selected ? (SOURCES[one.selected] ?? "yes") : <span className="text-muted">no</span>),
  },
  {
    id: "registration",
    header: "Registration",
    sort: (one) => one.registration,
    cell: (one) =>
      one.registration ? <StateBadge state={one.registration} /> : <span className="text-muted">–</span>,
  },
];

const SOURCES: Record<string, string> = { OVERRIDE: "by override" };

interface CandidateTableProps {
  drive: Schema<"Drive">;
  /** Rows can be ticked; their keys are `COLLEGE:ROLL_NO`. */
  selection?: Selection;
}

/** The students that a drive chooses from, each with today's verdict; a name leads to every rule for that student. */
export function CandidateTable({ drive, selection }: CandidateTableProps) {
  const navigate = useNavigate();
  const { search } = useLocation();
  const { get, set } = useFilters();
  const filters = useCandidateFilters();
  const { verdict, selected, q, college, branch } = filters;
  const several = useSeveralColleges();
  const pages = usePages(
    ["drives", drive.id, "candidates", filters],
    async (cursor) =>
      unwrap(
        await api.GET("/drives/{ref}/candidates", {
          params: {
            path: { ref: String(drive.id) },
            query: { verdict, selected, q, college, branch, cursor },
          },
        }),
      ),
    { live: true },
  );
  const why = get("why");
  const asked = pages.rows.find((one) => studentRef(one) === why) ?? named(why);
  const address = (student: string | null) => addressOf(drive.id, search, student);
  const columns = useMemo(
    () => (selection ? withLinks((one) => addressOf(drive.id, search, studentRef(one))) : COLUMNS),
    [selection, drive.id, search],
  );
  return (
    <>
      <div className="flex flex-wrap gap-2 p-3">
        <SearchBox
          label="Search by roll number or name"
          className="grow basis-52 sm:max-w-72"
          value={get("q")}
          onChange={(value) => set({ q: value })}
        />
        <Select
          label="Verdict"
          bare
          className="max-sm:grow"
          options={[
            { value: "", label: "Any verdict" },
            ...VERDICTS.map((one) => ({ value: one, label: one === "not" ? "Not eligible" : words(one) })),
          ]}
          value={verdict ?? ""}
          onChange={(event) => set({ verdict: event.target.value })}
        />
        <Select
          label="Selection"
          bare
          className="max-sm:grow"
          options={[
            { value: "", label: "Selected or not" },
            { value: "yes", label: "On the selection" },
            { value: "no", label: "Not on the selection" },
          ]}
          value={get("selected")}
          onChange={(event) => set({ selected: event.target.value })}
        />
        {several && <CollegeFilter value={get("college")} onChange={(value) => set({ college: value })} />}
        <BranchFilter value={get("branch")} onChange={(value) => set({ branch: value })} />
        {filters.any && (
          <Button kind="quiet" onClick={() => set(NO_FILTERS)}>
            Clear
          </Button>
        )}
        <span className="ml-auto">
          <CopyCli command={candidatesCommand(drive.code, filters)} />
        </span>
      </div>
      <div className={selection ? "max-h-128 overflow-y-auto border-t border-line" : "border-t border-line"}>
        <DataTable
          label={`Candidates of ${drive.code}`}
          columns={columns}
          pages={pages}
          rowKey={studentRef}
          rowHref={selection ? undefined : (one) => address(studentRef(one))}
          selection={selection}
          empty={
            filters.any ? (
              <EmptyState
                title="No candidate matches these filters"
                action={<Button onClick={() => set(NO_FILTERS)}>Clear the filters</Button>}
              />
            ) : (
              <EmptyState title="No students yet" command="placeops student import roster.csv">
                Import the roster on the page Students.
              </EmptyState>
            )
          }
        />
      </div>
      {asked && (
        <WhyDialog
          drive={drive}
          student={asked}
          onClose={() => void navigate(address(null), { replace: true })}
        />
      )}
    </>
  );
}

/** Where the list is, with the explanation for a student open or with none. */
function addressOf(drive: number, search: string, student: string | null): string {
  const params = new URLSearchParams(search);
  if (student) params.set("why", student);
  else params.delete("why");
  return `/drives/${drive}?${params.toString()}`;
}

/** Where rows are ticked, only the name is a link. */
const withLinks = (to: (one: Candidate) => string): Column<Candidate>[] =>
  COLUMNS.map((column) =>
    column.primary
      ? {
          ...column,
          cell: (one) => (
            <Link to={to(one)} className="font-medium underline-offset-2 hover:underline">
              <StudentName student={one} />
            </Link>
          ),
        }
      : column,
  );

const NO_FILTERS = { q: null, verdict: null, selected: null, college: null, branch: null };

function useCandidateFilters() {
  const { get } = useFilters();
  const verdict = oneOf(get("verdict"), VERDICTS);
  const listed = oneOf(get("selected"), ON_LIST);
  const selected = listed && listed === "yes";
  const [q, college, branch] = [
    get("q") || undefined,
    get("college") || undefined,
    get("branch") || undefined,
  ];
  return { verdict, selected, q, college, branch, any: Boolean(verdict ?? listed ?? q ?? college ?? branch) };
}

type Filters = ReturnType<typeof useCandidateFilters>;

const candidatesCommand = (code: string, { verdict, selected, q, college, branch }: Filters): string =>
  cli(
    "drive",
    "candidates",
    code,
    ...(verdict ? ["--verdict", verdict] : []),
    selected === undefined ? false : selected ? "--selected" : "--not-selected",
    ...(q ? ["--search", q] : []),
    ...(college ? ["--college", college] : []),
    ...(branch ? ["--branch", branch] : []),
  );

/** A student of whom only the reference `COLLEGE:ROLL_NO` is known. */
function named(ref: string) {
  const [, college = "", roll_no = ""] = /^([^:]+):(.+)$/.exec(ref) ?? [];
  return college ? { college, roll_no, name: roll_no } : null;
}
