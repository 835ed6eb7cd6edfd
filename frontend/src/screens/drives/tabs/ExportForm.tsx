import { FileDown } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useAct } from "@/api/act";
import { api, newKey, unwrap, type Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { oneOf } from "@/lib/filters";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Select } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { ErrorPanel } from "@/ui/States";
import { PERMISSION_OF, PRESETS, WITHOUT_STATUS, type Preset } from "../../exports/words";
import { BranchFilter, CollegeFilter } from "../../students/StudentFilters";

type Drive = Schema<"Drive">;

const DIALECTS = [
  { value: "excel", label: "Excel: formulas disarmed, local times" },
  { value: "data", label: "A program: exact values, UTC" },
] as const;
const FORMATS = [
  { value: "csv", label: "CSV" },
  { value: "xlsx", label: "Excel workbook (.xlsx)" },
] as const;
const STATUSES = ["registered", "withdrawn"] as const;

/** What the file holds, who reads it, and which rows go in. */
export function ExportForm({ drive, onRequested }: { drive: Drive; onRequested: (id: number) => void }) {
  const may = useMay();
  const [preset, setPreset] = useState<Preset>("company_shortlist");
  const [dialect, setDialect] = useState<"excel" | "data">("excel");
  const [format, setFormat] = useState<"csv" | "xlsx">("csv");
  const [college, setCollege] = useState("");
  const [branch, setBranch] = useState("");
  const [status, setStatus] = useState<"registered" | "withdrawn">();
  const offered = PRESETS.filter(({ value }) => {
    const needed = PERMISSION_OF[value];
    return !needed || may(needed);
  });
  const narrows = !WITHOUT_STATUS.includes(preset);
  const body = {
    preset,
    dialect,
    format,
    college: college || null,
    branch: branch || null,
    status: (narrows && status) || null,
  };
  const act = useAct(
    async () =>
      unwrap(
        await api.POST("/drives/{ref}/exports", {
          params: { path: { ref: String(drive.id) }, header: { "Idempotency-Key": newKey() } },
          body,
        }),
      ),
    { quiet: true, onDone: (asked) => onRequested(asked.export.id), invalidates: [["exports"]] },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate(undefined);
  };
  const command = cli(
    ...["export", "registrations", drive.code, "--preset", preset, "--for", dialect, "--format", format],
    ...(college ? ["--college", college] : []),
    ...(branch ? ["--branch", branch] : []),
    ...(body.status ? ["--status", body.status] : []),
    "--wait",
  );
  return (
    <Panel title="New export" actions={<CopyCli command={command} />}>
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        <Select
          label="What is in it"
          hint={PRESETS.find(({ value }) => value === preset)?.about}
          options={offered}
          value={preset}
          onChange={(event) => setPreset(event.target.value as Preset)}
        />
        <Select
          label="Who reads it"
          options={DIALECTS}
          value={dialect}
          onChange={(event) => setDialect(event.target.value === "data" ? "data" : "excel")}
        />
        <Select
          label="Format"
          hint={
            format === "csv" && dialect === "excel"
              ? "Excel changes roll numbers like 0108 and 1E5 in a CSV; a workbook keeps them."
              : undefined
          }
          options={FORMATS}
          value={format}
          onChange={(event) => setFormat(event.target.value === "xlsx" ? "xlsx" : "csv")}
        />
        <CollegeFilter labelled value={college} onChange={setCollege} />
        <BranchFilter labelled value={branch} onChange={setBranch} />
        {narrows && (
          <Select
            label="Registrations"
            options={[
              { value: "", label: "As the preset has them" },
              { value: "registered", label: "Registered" },
              { value: "withdrawn", label: "Withdrawn" },
            ]}
            value={status ?? ""}
            onChange={(event) => setStatus(oneOf(event.target.value, STATUSES))}
          />
        )}
        <div className="flex items-end sm:col-span-full">
          <Button type="submit" kind="primary" icon={FileDown} busy={act.isPending}>
            Request the export
          </Button>
        </div>
        {act.error && (
          <div className="col-span-full">
            <ErrorPanel error={act.error} />
          </div>
        )}
      </form>
    </Panel>
  );
}
