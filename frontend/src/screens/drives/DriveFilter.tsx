import { useState, type FormEvent } from "react";
import { DriveInput } from "./DriveInput";

interface DriveFilterProps {
  value: string;
  onChange: (code: string) => void;
}

/** Narrows a list to one drive: told on Enter, on leaving the field, and when a suggestion is taken. */
export function DriveFilter({ value, onChange }: DriveFilterProps) {
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setTyped(value);
  }
  const tell = () => {
    if (typed.trim() !== value) onChange(typed.trim());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell();
  };
  return (
    <form onSubmit={submit} onBlur={tell} className="grow basis-56 sm:max-w-80">
      <DriveInput label="Drive" bare value={typed} onChange={setTyped} />
    </form>
  );
}
