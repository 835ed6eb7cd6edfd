import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Role } from "@/api/profile";
import { counted } from "@/lib/numbers";
import { words } from "@/lib/words";
import { Checkbox, Input, Select } from "@/ui/Field";
import type { Standing } from "./standing";

const ABOUT: Record<Role, string> = {
  ADMIN: "May do everything, users and tokens too.",
  COORDINATOR: "Runs drives for the colleges, branches and drives below.",
  STAFF: "Imports students, marks attendance, exports; changes no drive.",
  STUDENT: "Sees and registers for the own drives only.",
};

interface StandingFieldsProps {
  value: Standing;
  onChange: (value: Standing) => void;
  /** The field that the server refused, and why. */
  refused?: { field: string; why: string };
}

/** The role, and for coordinators what they look after, for students who it is. */
export function StandingFields({ value, onChange, refused }: StandingFieldsProps) {
  const error = (field: string) => (refused?.field === field ? refused.why : null);
  const change = (part: Partial<Standing>) => onChange({ ...value, ...part });
  return (
    <>
      <Select
        label="Role"
        hint={ABOUT[value.role]}
        error={error("role")}
        options={(Object.keys(ABOUT) as Role[]).map((role) => ({ value: role, label: words(role) }))}
        value={value.role}
        onChange={(event) => change({ role: event.target.value as Role })}
      />
      {value.role === "COORDINATOR" && <Scope value={value} change={change} />}
      {value.role === "STUDENT" && (
        <Input
          label="Student"
          hint="Roll number, or COLLEGE:ROLL_NO where several colleges use it."
          required
          error={error("student")}
          value={value.student}
          onChange={(event) => change({ student: event.target.value })}
        />
      )}
    </>
  );
}

function Scope({ value, change }: { value: Standing; change: (part: Partial<Standing>) => void }) {
  const choices = useQuery({
    queryKey: ["students", "choices"],
    queryFn: async () => unwrap(await api.GET("/students/choices")),
    staleTime: 60_000,
  });
  return (
    <>
      <Group
        legend="Colleges"
        hint="None chosen: every college, where branches are chosen."
        options={choices.data?.colleges.map(({ code, name, students }) => ({
          value: code,
          label: `${name} (${code})`,
          students,
        }))}
        chosen={value.colleges}
        onChange={(colleges) => change({ colleges })}
      />
      <Group
        legend="Branches"
        hint="None chosen: every branch of these colleges."
        options={choices.data?.branches.map(({ name, students }) => ({ value: name, label: name, students }))}
        chosen={value.branches}
        onChange={(branches) => change({ branches })}
      />
      <Input
        label="Single drives"
        hint="Numbers, separated by commas."
        pattern="[0-9,\s]*"
        value={value.drives}
        onChange={(event) => change({ drives: event.target.value })}
      />
    </>
  );
}

interface GroupProps {
  legend: string;
  hint: string;
  options: readonly { value: string; label: string; students: number }[] | undefined;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

function Group({ legend, hint, options, chosen, onChange }: GroupProps) {
  return (
    <fieldset>
      <legend className="mb-1 text-xs font-medium text-muted">{legend}</legend>
      <div className="max-h-40 space-y-1 overflow-y-auto rounded-md border border-line-strong/60 p-2">
        {options?.map(({ value, label, students }) => (
          <Checkbox
            key={value}
            label={
              <>
                {label} <span className="text-xs text-muted">{counted(students, "student")}</span>
              </>
            }
            checked={chosen.includes(value)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
            }
          />
        )) ?? <p className="text-sm text-muted">Loading…</p>}
      </div>
      <p className="mt-1 text-xs text-muted">{hint}</p>
    </fieldset>
  );
}
