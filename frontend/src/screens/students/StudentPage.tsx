import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { Link, useParams } from "react-router";
import { api, unwrap, type Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { oneOf, useFilters } from "@/lib/filters";
import { STUDENT_FIELDS } from "@/lib/students";
import { cli, words } from "@/lib/words";
import { CopyCli } from "@/ui/CopyCli";
import { KeyValue, Stat, StatRow } from "@/ui/Facts";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { Time } from "@/ui/Time";
import { StudentDrives } from "./StudentDrives";
import { Flags } from "./StudentList";
import { StudentOffers } from "./StudentOffers";

type Student = Schema<"Student">;

const TABS = ["drives", "registrations", "offers"] as const;
const MARKS = [
  "cgpa",
  "tenth_pct",
  "twelfth_pct",
  "diploma_pct",
  "active_backlogs",
  "total_backlogs",
] as const;

const GENDERS: Record<string, string> = { F: "Female", M: "Male", X: "Other" };

/** One student: who it is, the marks, and how the student stands before each drive. */
export default function StudentPage() {
  const { college = "", roll = "" } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: ["students", "one", college, roll],
    queryFn: async () =>
      unwrap(await api.GET("/students/lookup", { params: { query: { roll_no: roll, college } } })),
  });
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  return <Shown student={data} />;
}

function Shown({ student }: { student: Student }) {
  const may = useMay();
  const { get, set } = useFilters();
  const tab = oneOf(get("tab"), TABS) ?? "drives";
  const tabs = [
    { value: "drives", label: "Drives" },
    { value: "registrations", label: "Registrations" },
    ...(may("offer.read") ? [{ value: "offers", label: "Offers" }] : []),
  ];
  return (
    <>
      <PageHeader
        above={<Link to="/students">Students</Link>}
        title={student.name}
        badge={<Flags student={student} />}
        about={
          <span className="font-mono break-all">
            {student.college} · {student.roll_no}
          </span>
        }
        actions={<CopyCli command={cli("student", "show", student.roll_no, "--college", student.college)} />}
      />
      <div className="mb-4 grid gap-4 lg:grid-cols-[1fr_1fr]">
        <Person student={student} />
        <Marks student={student} />
      </div>
      <Tabs
        label="This student's"
        tabs={tabs}
        value={tab}
        onChange={(value) => set({ tab: value, show: null })}
      >
        {tab === "offers" ? (
          <StudentOffers student={student} />
        ) : (
          <StudentDrives student={student} onlyRegistered={tab === "registrations"} />
        )}
      </Tabs>
    </>
  );
}

const known = (value: string | number | null) => value ?? <span className="text-muted">unknown</span>;

function Person({ student }: { student: Student }) {
  return (
    <Panel title="Student">
      <KeyValue
        items={[
          ["Programme", known(student.programme)],
          ["Branch", known(student.branch)],
          ["Batch", known(student.batch_year)],
          ["Admission", words(student.admission_type)],
          ["Gender", known(student.gender && (GENDERS[student.gender] ?? student.gender))],
          [
            "Email",
            student.email ? (
              <a href={`mailto:${student.email}`} className="break-all underline underline-offset-2">
                {student.email}
              </a>
            ) : (
              known(null)
            ),
          ],
          ["Phone", known(student.phone)],
          ["Placed", student.placed ? "Yes" : "No"],
          ["Debarred", student.debarred ? <strong className="text-bad">Yes</strong> : "No"],
          ["Changed", <Time key="changed" value={student.updated_at} />],
        ]}
      />
    </Panel>
  );
}

/** Lateral entry has no 12th and regular entry no diploma: that is no gap. */
function isExpected(student: Student, mark: (typeof MARKS)[number]): boolean {
  if (mark === "diploma_pct") return student.admission_type === "LATERAL" || student.twelfth_pct === null;
  if (mark === "twelfth_pct") return student.diploma_pct === null;
  return true;
}

const Unknown = ({ gap }: { gap: boolean }) => (
  <span className={clsx("font-normal", gap ? "text-warn" : "text-muted")}>unknown</span>
);

function Marks({ student }: { student: Student }) {
  const gaps = MARKS.filter((mark) => student[mark] === null && isExpected(student, mark));
  return (
    <Panel title="Marks">
      <StatRow>
        {MARKS.map((mark) => (
          <Stat
            key={mark}
            label={STUDENT_FIELDS[mark] ?? mark}
            value={student[mark] ?? <Unknown gap={gaps.includes(mark)} />}
          />
        ))}
      </StatRow>
      {gaps.length > 0 && (
        <p className="mt-3 text-sm text-muted">
          What is unknown neither passes nor fails a rule; most drives leave such students out. A roster that
          has the value fills it in.
        </p>
      )}
    </Panel>
  );
}
