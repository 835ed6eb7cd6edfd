import { useState } from "react";
import { SuggestBox } from "@/ui/SuggestBox";
import { useStudentsLike } from "./useStudentsLike";

interface StudentFilterProps {
  value: string;
  onChange: (student: string) => void;
}

/** Narrows a list to one student, by `COLLEGE:ROLL_NO` or the roll number alone. */
export function StudentFilter(props: StudentFilterProps) {
  const [typed, setTyped] = useState("");
  const suggestions = useStudentsLike(typed);
  return (
    <SuggestBox
      {...props}
      label="Student, by roll number or name"
      className="grow basis-48 sm:max-w-72"
      suggestions={suggestions}
      onTyped={setTyped}
    />
  );
}
