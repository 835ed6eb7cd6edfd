import { useSeveralColleges } from "@/api/choices";

interface StudentNameProps {
  student: { name: string; roll_no: string; college: string };
}

/** A student's name, with the roll number (and the college, where there are several) below it. */
export function StudentName({ student }: StudentNameProps) {
  const several = useSeveralColleges();
  return (
    <>
      <bdi>{student.name}</bdi>
      <span className="block font-mono text-xs font-normal break-all text-muted">
        {several && `${student.college} · `}
        {student.roll_no}
      </span>
    </>
  );
}
