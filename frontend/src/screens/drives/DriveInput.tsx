import { Suggest } from "@/ui/Suggest";
import { useDrivesLike } from "./useDrivesLike";

interface DriveInputProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
}

/** A field for a drive's code, found by a part of it, of the company or of the title. */
export function DriveInput(props: DriveInputProps) {
  const suggestions = useDrivesLike(props.value);
  return <Suggest placeholder="Drive's code or company" {...props} suggestions={suggestions} />;
}
