import { Textarea } from "./Field";

interface ReasonProps {
  value: string;
  onChange: (value: string) => void;
  /** An act that needs none may still be given one. */
  optional?: boolean;
  hint?: string;
}

/** Why an act is done: kept with it, and in the audit. */
export function Reason({ value, onChange, optional, hint }: ReasonProps) {
  return (
    <Textarea
      label={optional ? "Reason (may be left out)" : "Reason"}
      hint={hint}
      required={!optional}
      rows={2}
      maxLength={500}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
