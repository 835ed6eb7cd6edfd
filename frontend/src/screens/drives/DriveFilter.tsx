import { useState } from "react";
import { SuggestBox } from "@/ui/SuggestBox";
import { useDrivesLike } from "./useDrivesLike";

interface DriveFilterProps {
  value: string;
  onChange: (code: string) => void;
  /** `/` focuses it. */
  search?: boolean;
}

/** Narrows a list to one drive, by its code or id. */
export function DriveFilter(props: DriveFilterProps) {
  const [typed, setTyped] = useState("");
  const suggestions = useDrivesLike(typed);
  return (
    <SuggestBox
      {...props}
      label="Drive, by code or number"
      className="grow basis-48 sm:max-w-72"
      suggestions={suggestions}
      onTyped={setTyped}
    />
  );
}
