import { Suggest } from "@/ui/Suggest";
import { useStudentsLike } from "./useStudentsLike";

interface StudentInputProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
}

/** A field for a roll number, found by its beginning or by a name; what is offered names the college too. */
export function StudentInput(props: StudentInputProps) {
  const suggestions = useStudentsLike(props.value);
  return <Suggest placeholder="Roll number or name" {...props} suggestions={suggestions} />;
}
