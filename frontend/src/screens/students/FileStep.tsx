import { ClipboardList } from "lucide-react";
import { useChoices } from "@/api/choices";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Field";
import { FileDrop } from "@/ui/FileDrop";
import { Panel } from "@/ui/Panel";
import { Suggest } from "@/ui/Suggest";

interface FileStepProps {
  file: File | null;
  college: string;
  onError: "skip" | "abort";
  onFile: (file: File) => void;
  onCollege: (code: string) => void;
  onOnError: (value: "skip" | "abort") => void;
  onPlan: () => void;
  busy: boolean;
  planned: boolean;
}

/** Step 1: the file, whose students are in it, and what bad rows do. */
export function FileStep(props: FileStepProps) {
  const { file, busy, planned } = props;
  return (
    <Panel title="1. The file">
      <div className="grid gap-4 lg:grid-cols-2">
        <FileDrop
          label="Drop the roster here, or choose it"
          hint="CSV with a header line, in UTF-8, UTF-16 or Windows-1252."
          accept=".csv,.txt,text/csv"
          file={file}
          onFile={props.onFile}
        />
        <div className="space-y-3">
          <College code={props.college} onChange={props.onCollege} />
          <Select
            label="When a row cannot be imported"
            options={[
              { value: "skip", label: "Skip it, import the others" },
              { value: "abort", label: "Import nothing at all" },
            ]}
            value={props.onError}
            onChange={(event) => props.onOnError(event.target.value === "abort" ? "abort" : "skip")}
          />
          <Button
            kind={planned ? "secondary" : "primary"}
            icon={ClipboardList}
            disabled={!file}
            busy={busy}
            onClick={props.onPlan}
          >
            {planned ? "Plan again" : "Make the plan"}
          </Button>
        </div>
      </div>
    </Panel>
  );
}

/** A code may be new only while there is no college at all. */
function College({ code, onChange }: { code: string; onChange: (code: string) => void }) {
  const { data } = useChoices();
  const colleges = data?.colleges ?? [];
  if (colleges.length === 1) return null;
  if (colleges.length === 0) {
    return (
      <Suggest
        label="College of rows that name none"
        hint="A short code, such as ENG; the college is created with it."
        value={code}
        onChange={onChange}
        suggestions={[]}
      />
    );
  }
  return (
    <Select
      label="College of rows that name none"
      options={[
        { value: "", label: "Every row names its college" },
        ...colleges.map(({ code: value, name }) => ({
          value,
          label: name === value ? value : `${value} · ${name}`,
        })),
      ]}
      value={code}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
