import { TypedFilter } from "@/ui/TypedFilter";
import { StudentInput } from "./StudentInput";

interface StudentFilterProps {
  value: string;
  onChange: (student: string) => void;
}

/** Narrows a list to one student, by `COLLEGE:ROLL_NO` or the roll number alone. */
export const StudentFilter = (props: StudentFilterProps) => (
  <TypedFilter {...props}>
    {(typed, setTyped) => <StudentInput label="Student" bare value={typed} onChange={setTyped} />}
  </TypedFilter>
);
