import { useState } from "react";
import { useSeveralColleges } from "@/api/choices";
import { counted } from "@/lib/numbers";
import { readText } from "@/lib/readText";
import { Button } from "@/ui/Button";
import { Textarea } from "@/ui/Field";
import { FileDrop } from "@/ui/FileDrop";
import { CollegeFilter } from "../students/StudentFilters";
import { readRolls, type Entry } from "./rollList";

/** A list as it was given: pasted, or read from a file. */
export interface RollText {
  text: string;
  file: File | null;
  /** Lines that were left out after a plan refused them. */
  left: ReadonlySet<number>;
}

export const NO_LIST: RollText = { text: "", file: null, left: new Set() };

/** The entries of a list without those that were left out, and why it cannot be read. */
export function entriesOf({ text, left }: RollText): { entries: Entry[]; error: string | null } {
  try {
    return { entries: readRolls(text).filter(({ line }) => !left.has(line)), error: null };
  } catch (error) {
    return { entries: [], error: error instanceof Error ? error.message : String(error) };
  }
}

interface RollListFieldsProps {
  given: RollText;
  onChange: (given: RollText) => void;
  entries: readonly Entry[];
  error: string | null;
  college: string;
  onCollege: (college: string) => void;
}

/** Roll numbers pasted one a line, or a file of them. */
export function RollListFields({ given, onChange, entries, error, college, onCollege }: RollListFieldsProps) {
  const [reading, setReading] = useState(false);
  const several = useSeveralColleges();
  const read = async (file: File) => {
    setReading(true);
    onChange({ text: await readText(file), file, left: new Set() });
    setReading(false);
  };
  const told =
    counted(entries.length, "roll number") + (given.left.size ? `, ${given.left.size} left out` : "");
  return (
    <div className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <Textarea
          label="Roll numbers, one a line"
          hint={error ? undefined : told}
          error={error}
          rows={7}
          spellCheck={false}
          className="[&_textarea]:font-mono"
          disabled={given.file !== null}
          placeholder={
            given.file ? `Read from ${given.file.name}` : several ? "24001 or COLLEGE:24001" : "24001"
          }
          value={given.file ? "" : given.text}
          onChange={(event) => onChange({ text: event.target.value, file: null, left: new Set() })}
        />
        <div className="space-y-2">
          <FileDrop
            label={reading ? "Reading …" : "Or drop a file here"}
            hint="A text file with one roll number a line, or a CSV with a column roll_no"
            accept=".csv,.txt,text/csv,text/plain"
            file={given.file}
            onFile={(file) => void read(file)}
          />
          {given.file && (
            <Button size="small" onClick={() => onChange(NO_LIST)}>
              Remove the file
            </Button>
          )}
        </div>
      </div>
      {several && (
        <div className="sm:max-w-72">
          <CollegeFilter labelled value={college} onChange={onCollege} />
          <p className="mt-1 text-xs text-muted">Needed only where a roll number alone is not enough.</p>
        </div>
      )}
    </div>
  );
}
