import { TypedFilter } from "@/ui/TypedFilter";
import { DriveInput } from "./DriveInput";

interface DriveFilterProps {
  value: string;
  onChange: (code: string) => void;
}

/** Narrows a list to one drive, by its code or id. */
export const DriveFilter = (props: DriveFilterProps) => (
  <TypedFilter {...props}>
    {(typed, setTyped) => <DriveInput label="Drive" bare value={typed} onChange={setTyped} />}
  </TypedFilter>
);
