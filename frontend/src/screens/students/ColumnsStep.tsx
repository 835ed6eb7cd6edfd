import { counted } from "@/lib/numbers";
import { STUDENT_FIELDS } from "@/lib/students";
import { Select } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import type { RosterReport } from "./importRoster";

interface ColumnsStepProps {
  header: string[];
  report: RosterReport | undefined;
  map: Record<string, string>;
  busy: boolean;
  onMap: (map: Record<string, string>) => void;
}

interface Read {
  place: number;
  header: string;
  /** The field that it is read as; empty: left out. */
  field: string;
  /** Chosen here, rather than recognised by its name. */
  chosen: boolean;
}

const SHOWN = 40;

/** As reports write a header: long ones are cut. */
const shown = (header: string): string => (header.length > SHOWN ? `${header.slice(0, SHOWN)}…` : header);

const DELIMITERS: Record<string, string> = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/** Step 2: what each column is read as; those that are not recognised by their names can be told. */
export function ColumnsStep({ header, report, map, busy, onMap }: ColumnsStepProps) {
  const all = header.map((name, place) => readOf(name, place, report, map));
  const open = all.filter((row) => row.chosen || !row.field);
  const recognised = all.filter((row) => row.field && !row.chosen);
  const choose = (row: Read, field: string) => {
    const kept = Object.entries(map).filter(([known, name]) => name !== row.header && known !== field);
    onMap(Object.fromEntries(field ? [...kept, [field, row.header]] : kept));
  };
  return (
    <Panel
      title="2. The columns"
      actions={
        report && (
          <p className="text-sm text-muted">
            {report.encoding}, parted by {DELIMITERS[report.delimiter] ?? report.delimiter}
          </p>
        )
      }
    >
      <div className="space-y-4">
        {open.length > 0 ? (
          <section aria-label="Columns that are not recognised" className="space-y-2">
            <p>
              {report
                ? "These columns are not recognised by their names. Say what they hold, or leave them out."
                : "Say what the columns hold that the answer above is about."}
            </p>
            <Fields
              rows={open}
              none={report ? "Left out" : "As its name says"}
              busy={busy}
              onChoose={choose}
            />
          </section>
        ) : (
          <p>Every column is recognised by its name.</p>
        )}
        {recognised.length > 0 && (
          <details>
            <summary className="cursor-pointer text-sm text-muted">
              {counted(recognised.length, "column")} recognised:{" "}
              {recognised.map((row) => STUDENT_FIELDS[row.field] ?? row.field).join(", ")}
            </summary>
            <div className="mt-3">
              <Fields rows={recognised} none={null} busy={busy} onChoose={choose} />
            </div>
          </details>
        )}
      </div>
    </Panel>
  );
}

interface FieldsProps {
  rows: Read[];
  /** What it means that nothing is chosen; null: something must be. */
  none: string | null;
  busy: boolean;
  onChoose: (row: Read, field: string) => void;
}

function Fields({ rows, none, busy, onChoose }: FieldsProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-3 lg:grid-cols-4">
      {rows.map((row) => (
        <Select
          key={row.place}
          label={`“${row.header}” is read as`}
          disabled={busy}
          options={[
            ...(none ? [{ value: "", label: none }] : []),
            ...Object.entries(STUDENT_FIELDS).map(([value, label]) => ({ value, label })),
          ]}
          value={row.field}
          onChange={(event) => onChoose(row, event.target.value)}
        />
      ))}
    </div>
  );
}

function readOf(
  header: string,
  place: number,
  report: RosterReport | undefined,
  map: Record<string, string>,
): Read {
  const own = Object.entries(map).find(([, name]) => name === header)?.[0];
  const recognised = Object.entries(report?.columns ?? {}).find(([, name]) => name === shown(header))?.[0];
  return { place, header, field: own ?? recognised ?? "", chosen: own !== undefined };
}
