import { useMutation } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { counted } from "@/lib/numbers";
import { readText } from "@/lib/readText";
import { cli, words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Select, Textarea } from "@/ui/Field";
import { FileDrop } from "@/ui/FileDrop";
import { Panel } from "@/ui/Panel";
import { Reason } from "@/ui/Reason";
import { ErrorPanel } from "@/ui/States";
import { problemToast } from "@/ui/Toaster";
import { CollegeFilter } from "../../students/StudentFilters";
import { DECISIONS, type Decision } from "./decisions";
import { MarkPreview } from "./MarkPreview";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;
type Body = Schema<"MarkBody">;

/** Marks students of a round by pasted roll numbers or a file: first what that would do, then the act. */
export function MarkPanel({ drive, round }: { drive: Drive; round: Round }) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [status, setStatus] = useState<Decision>("PRESENT");
  const [college, setCollege] = useState("");
  const [reason, setReason] = useState("");
  const [previous, setPrevious] = useState<Decision | null>(null);
  const body: Body = {
    text,
    status,
    round: round.seq,
    college: college || null,
    previous: previous === status ? null : previous,
    reason: reason.trim() || null,
    dry_run: false,
  };
  const mark = async (asked: Body) =>
    unwrap(
      await api.POST("/drives/{ref}/attendance", {
        params: { path: { ref: String(drive.id) } },
        body: asked,
      }),
    );
  const preview = useMutation({ mutationFn: (asked: Body) => mark({ ...asked, dry_run: true }) });
  const act = useAct(mark, {
    quiet: true,
    done: (told) => doneWords(told),
    onDone: () => {
      setText("");
      setFile(null);
      setPrevious(null);
      preview.reset();
    },
    invalidates: [["drives", drive.id]],
  });
  const current = JSON.stringify(preview.variables) === JSON.stringify(body);
  const look = (asked: Body) => {
    act.reset();
    preview.mutate(asked);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    look(body);
  };
  const take = async (chosen: File) => {
    try {
      setText(await readText(chosen));
      setFile(chosen);
    } catch (error) {
      problemToast(asProblem(error));
    }
  };
  const overwrite = (value: Decision | null) => {
    setPrevious(value);
    look({ ...body, previous: value });
  };
  const command = cli(
    ...["attendance", "mark", "--drive", drive.code, "--round", round.seq, "--status", status],
    ...["--file", file?.name ?? "ROLL_NUMBERS.txt"],
    ...(body.previous ? ["--from", body.previous] : []),
    ...(college ? ["--college", college] : []),
    ...(body.reason ? ["--reason", body.reason] : []),
  );
  const lines = text.split("\n").filter((line) => line.trim()).length;
  return (
    <Panel title="Mark attendance" actions={<CopyCli command={command} />}>
      <form onSubmit={submit} className="grid gap-4 lg:grid-cols-2">
        <Textarea
          label="Roll numbers, one a line"
          hint={
            lines
              ? counted(lines, "line")
              : "Or a CSV with a column of roll numbers. COLLEGE:ROLL_NO works too."
          }
          rows={9}
          required
          spellCheck={false}
          className="[&_textarea]:font-mono"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setFile(null);
          }}
        />
        <div className="flex flex-col gap-3">
          <FileDrop
            label="Drop a file with roll numbers, or choose one"
            hint="CSV or plain text; its content appears in the field."
            accept=".csv,.txt,text/csv,text/plain"
            file={file}
            onFile={(chosen) => void take(chosen)}
          />
          <Select
            label="Mark them as"
            options={DECISIONS.map((value) => ({ value, label: words(value) }))}
            value={status}
            onChange={(event) => setStatus(event.target.value as Decision)}
          />
          <CollegeFilter labelled value={college} onChange={setCollege} />
          <Reason optional value={reason} onChange={setReason} />
          <Button
            type="submit"
            kind={current && preview.data ? "secondary" : "primary"}
            icon={Eye}
            busy={preview.isPending}
            disabled={!lines}
            className="self-start"
          >
            Preview
          </Button>
        </div>
      </form>
      {preview.error && (
        <div className="mt-4">
          <ErrorPanel error={preview.error} />
        </div>
      )}
      {current && preview.data && (
        <MarkPreview
          told={preview.data}
          previous={previous}
          onOverwrite={overwrite}
          onApply={() => act.mutate(body)}
          busy={act.isPending}
          error={act.error}
        />
      )}
    </Panel>
  );
}

function doneWords(told: Schema<"Marked">): string {
  const left = Object.values(told.problem_counts).reduce((sum, n) => sum + n, 0);
  if (left) toast.warning(`${counted(left, "entry", "entries")} marked nobody`);
  return `${counted(told.marked + told.changed, "student")} marked ${told.status}`;
}
