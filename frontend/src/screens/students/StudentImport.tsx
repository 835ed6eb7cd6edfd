import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { useAct } from "@/api/act";
import { asProblem } from "@/api/problem";
import { useMay } from "@/api/profile";
import { counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { CopyCli } from "@/ui/CopyCli";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { problemToast } from "@/ui/Toaster";
import { ColumnsStep } from "./ColumnsStep";
import { FileStep } from "./FileStep";
import { importRoster } from "./importRoster";
import { ImportResult } from "./ImportResult";
import { PlanStep, Refused } from "./PlanStep";
import { readHeader } from "./rosterHeader";

interface Choices {
  file: File | null;
  header: string[];
  college: string;
  onError: "skip" | "abort";
  map: Record<string, string>;
}

const NOTHING: Choices = { file: null, header: [], college: "", onError: "skip", map: {} };

/** Brings the students in line with a roster in two steps: what would happen, then just that. */
export default function StudentImport() {
  const may = useMay();
  return may("student.import") ? <Wizard /> : <NotAllowed />;
}

function NotAllowed() {
  return (
    <>
      <PageHeader above={<Link to="/students">Students</Link>} title="Import a roster" />
      <Panel>
        <EmptyState title="You may not import students">Administrators and staff import rosters.</EmptyState>
      </Panel>
    </>
  );
}

function Wizard() {
  const client = useQueryClient();
  const [chosen, setChosen] = useState(NOTHING);
  const { file, header, college, onError, map } = chosen;
  const plan = useMutation({
    mutationFn: (asked: Choices) => importRoster({ ...asked, file: asked.file as File, plan: null }),
  });
  const apply = useAct(importRoster, {
    quiet: true,
    done: (told) => `${counted(told.new, "student")} added, ${counted(told.changed, "student")} changed`,
    onDone: () => {
      void client.invalidateQueries({ queryKey: ["students"] });
      void client.invalidateQueries({ queryKey: ["choices"] });
    },
    invalidates: [["drives"]],
  });
  /** Another choice makes the plan another one. */
  const change = (changes: Partial<Choices>) => {
    plan.reset();
    apply.reset();
    setChosen({ ...chosen, ...changes });
  };
  const take = async (given: File) => {
    try {
      change({ file: given, header: await readHeader(given), map: {} });
    } catch (error) {
      problemToast(asProblem(error));
    }
  };
  const replan = (changes: Partial<Choices> = {}) => {
    const next = { ...chosen, ...changes };
    apply.reset();
    setChosen(next);
    plan.mutate(next);
  };
  if (apply.data) {
    return (
      <>
        <Head command={commandOf(chosen, false)} />
        <ImportResult
          told={apply.data}
          onAgain={() => {
            change(NOTHING);
          }}
        />
      </>
    );
  }
  return (
    <>
      <Head command={commandOf(chosen, true)} />
      <div className="space-y-4">
        <FileStep
          file={file}
          college={college}
          onError={onError}
          onFile={(given) => void take(given)}
          onCollege={(code) => change({ college: code })}
          onOnError={(value) => change({ onError: value })}
          onPlan={() => replan()}
          busy={plan.isPending}
          planned={plan.data !== undefined}
        />
        {plan.error && <Refused error={plan.error} onSkip={() => replan({ onError: "skip" })} />}
        {(plan.data || isAboutColumns(plan.error)) && (
          <ColumnsStep
            header={header}
            report={plan.data}
            map={map}
            busy={plan.isPending}
            onMap={(next) => replan({ map: next })}
          />
        )}
        {file && plan.data && (
          <PlanStep
            report={plan.data}
            onApply={(name) => apply.mutate({ file, college, onError, map, plan: name })}
            onReplan={() => replan()}
            busy={apply.isPending}
            error={apply.error}
          />
        )}
      </div>
    </>
  );
}

const isAboutColumns = (error: unknown): boolean => asProblem(error).pointer?.startsWith("/map") ?? false;

const Head = ({ command }: { command: string }) => (
  <PageHeader
    above={<Link to="/students">Students</Link>}
    title="Import a roster"
    about="Nothing changes before you have seen the plan and applied it. Empty cells leave what is stored."
    actions={<CopyCli command={command} />}
  />
);

function commandOf({ file, college, onError, map }: Choices, dry: boolean): string {
  return cli(
    ...["student", "import", file?.name ?? "roster.csv"],
    ...(college ? ["--college", college] : []),
    ...Object.entries(map).flatMap(([field, header]) => ["--map", `${field}=${header}`]),
    ...["--on-error", onError],
    ...(dry ? ["--dry-run"] : []),
  );
}
