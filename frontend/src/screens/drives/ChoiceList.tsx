import { Plus } from "lucide-react";
import { useState } from "react";
import { count } from "@/lib/numbers";
import { IconButton } from "@/ui/Button";
import { Checkbox, Input } from "@/ui/Field";

interface Option {
  value: string;
  label?: string;
  students?: number;
}

interface ChoiceListProps {
  /** `Branches`; its single `one`: `branch`. */
  label: string;
  one: string;
  options: readonly Option[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** Names that no student has yet may be added. */
  open?: boolean;
  disabled?: boolean;
}

const MANY = 12;

/** Boxes to tick, with the number of students behind each; none ticked is no rule. */
export function ChoiceList({ label, one, options, chosen, onChange, open, disabled }: ChoiceListProps) {
  const [typed, setTyped] = useState("");
  const known = new Set(options.map(({ value }) => value));
  const all = [
    ...options,
    ...chosen.filter((value) => !known.has(value)).map((value) => ({ value, students: 0 })),
  ];
  const word = typed.trim();
  const wanted = word.toLowerCase();
  const shown = all.filter(({ value, label: name }: Option) =>
    `${value} ${name ?? ""}`.toLowerCase().includes(wanted),
  );
  const toggle = (value: string) =>
    onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);
  const mayAdd = open && word !== "" && !all.some(({ value }) => value === word);
  const add = () => {
    if (mayAdd) onChange([...chosen, word]);
    setTyped("");
  };
  return (
    <fieldset disabled={disabled} className="min-w-0 disabled:opacity-60">
      <legend className="mb-1 text-xs font-medium text-muted">
        {label}: {chosen.length ? `${chosen.length} chosen` : "any, no rule"}
      </legend>
      <div className="rounded-md border border-line-strong/60">
        <div className="grid max-h-44 grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-1.5 overflow-y-auto p-2.5">
          {shown.map(({ value, label: name, students }: Option) => (
            <Checkbox
              key={value}
              label={
                <span className="break-words">
                  {name ?? value}{" "}
                  {students !== undefined && <span className="text-xs text-muted">{count(students)}</span>}
                </span>
              }
              checked={chosen.includes(value)}
              onChange={() => toggle(value)}
            />
          ))}
          {!shown.length && (
            <p className="text-xs text-muted">
              {word ? `No ${one} matches.` : `No student has a ${one} yet.`}
            </p>
          )}
        </div>
        {(open || all.length > MANY) && (
          <div className="flex gap-1 border-t border-line p-1.5">
            <Input
              label={open ? `Find or add a ${one}` : `Find a ${one}`}
              placeholder={open ? `Find or add a ${one}` : `Find a ${one}`}
              bare
              className="grow"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                add();
              }}
            />
            {open && <IconButton label={`Add this ${one}`} icon={Plus} disabled={!mayAdd} onClick={add} />}
          </div>
        )}
      </div>
    </fieldset>
  );
}
