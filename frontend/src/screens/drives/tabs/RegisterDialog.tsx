import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { studentRef } from "@/lib/students";
import { useSettled } from "@/lib/useSettled";
import { cli, words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { Reason } from "@/ui/Reason";
import { ErrorPanel } from "@/ui/States";
import { Suggest } from "@/ui/Suggest";
import { Time } from "@/ui/Time";
import { VerdictBadge, verdictWords } from "../../students/Why";

type Drive = Schema<"Drive">;
type Candidate = Schema<"Candidate">;

const SUGGESTED = 12;

/** Registers one student; after the close with a reason, which makes it a late registration. */
export function RegisterDialog({ drive, onClose }: { drive: Drive; onClose: () => void }) {
  const [student, setStudent] = useState("");
  const [reason, setReason] = useState("");
  const late = drive.registration !== "open";
  const candidates = useCandidates(drive, student);
  const chosen = candidates.find((each) => studentRef(each) === student.trim());
  const act = useAct(
    async () =>
      unwrap(
        await api.POST("/drives/{ref}/registrations", {
          params: { path: { ref: String(drive.id) } },
          body: { student: student.trim(), reason: late ? reason.trim() : null },
        }),
      ),
    {
      quiet: true,
      done: ({ registration, created }) =>
        created ? `${registration.name} is registered` : `${registration.name} was registered before`,
      onDone: onClose,
      invalidates: [["drives"], ["students"]],
    },
  );
  const complete = student.trim() && (!late || reason.trim());
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={late ? `Register late for ${drive.company}` : `Register a student for ${drive.company}`}
      about={
        late ? (
          <>
            Registration closed <Time value={drive.reg_closes_at} />. A late one takes a reason, which is
            kept.
          </>
        ) : (
          "The student must be on the selection and eligible now."
        )
      }
      actions={
        <>
          <CopyCli
            command={cli(
              ...["registration", "add", "--drive", drive.code, "--student", student.trim() || "ROLL_NO"],
              ...(late ? ["--reason", reason.trim() || "REASON"] : []),
            )}
          />
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={act.isPending}
            disabled={!complete}
            onClick={() => act.mutate(undefined)}
          >
            {late ? "Register late" : "Register"}
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <Suggest
          label="Student"
          placeholder="Roll number or name"
          required
          value={student}
          onChange={setStudent}
          suggestions={candidates.map((each) => ({
            value: studentRef(each),
            label: [each.name, each.branch, verdictWords(each.verdict)].filter(Boolean).join(" · "),
          }))}
        />
        {chosen && <Standing candidate={chosen} />}
        {late && <Reason value={reason} onChange={setReason} />}
        {act.error && <ErrorPanel error={act.error} />}
      </div>
    </Dialog>
  );
}

function useCandidates(drive: Drive, typed: string): Candidate[] {
  const q = useSettled(typed.slice(typed.indexOf(":") + 1).trim());
  const { data } = useQuery({
    queryKey: ["drives", drive.id, "candidates", "suggested", q],
    queryFn: async () =>
      unwrap(
        await api.GET("/drives/{ref}/candidates", {
          params: { path: { ref: String(drive.id) }, query: { q, limit: SUGGESTED } },
        }),
      ).items,
    enabled: q.length > 1,
    placeholderData: (before) => before,
  });
  return data ?? [];
}

function Standing({ candidate }: { candidate: Candidate }) {
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-md bg-sunken px-3 py-2" role="status">
      <strong className="font-medium">{candidate.name}</strong>
      <VerdictBadge verdict={candidate.verdict} />
      <span>{candidate.selected ? "on the selection" : "not on the selection"}</span>
      {candidate.registration && <span>{words(candidate.registration).toLowerCase()} already</span>}
      {candidate.reason && <span className="basis-full text-muted">{candidate.reason}</span>}
    </p>
  );
}
