import { Link } from "react-router";
import type { Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { counted } from "@/lib/numbers";
import { Panel } from "@/ui/Panel";
import { StateBadge } from "@/ui/Badge";
import { EmptyState } from "@/ui/States";
import { JobNote } from "../JobNote";
import { Publishing } from "../Publishing";

type Drive = Schema<"Drive">;

/** Who may register: the selection that stands, and a new one planned and published. */
export default function SelectionTab({ told: { drive } }: { told: Schema<"DriveDetails"> }) {
  return (
    <div className="space-y-4">
      <Standing drive={drive} />
      {drive.allowed_moves.includes("publish") ? (
        <Publishing key={drive.id} drive={drive} />
      ) : (
        <Panel>
          <NotPublishable drive={drive} />
        </Panel>
      )}
    </div>
  );
}

function Standing({ drive }: { drive: Drive }) {
  const may = useMay();
  const { state, selected, job_id } = drive.selection;
  return (
    <Panel title="The selection now">
      <p className="flex flex-wrap items-center gap-2">
        {state === "none"
          ? "Nobody is selected yet."
          : `${counted(selected, "student")} ${selected === 1 ? "is" : "are"} selected.`}
        {state !== "none" && state !== "applied" && (
          <StateBadge
            state={state}
            label={state === "pending" ? "A new selection is pending" : "The last one was not applied"}
          />
        )}
        {selected > 0 && (
          <Link
            to={`/drives/${drive.id}?tab=eligibility&selected=yes`}
            className="text-accent underline underline-offset-2"
          >
            See who
          </Link>
        )}
      </p>
      {job_id !== null && may("job.read") && (
        <div className="mt-3">
          <JobNote key={job_id} id={job_id} />
        </div>
      )}
    </Panel>
  );
}

function NotPublishable({ drive }: { drive: Drive }) {
  if (drive.status === "paused") {
    return (
      <EmptyState title="A paused drive is not published" command={`placeops drive resume ${drive.code}`}>
        Resume it first, by the button above; then the selection can be changed.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="The selection is final" command={`placeops drive create --copy-from ${drive.code}`}>
      A drive that is {drive.status.replace("_", " ")} takes no new selection. Copy it to a new draft, under
      More.
    </EmptyState>
  );
}
