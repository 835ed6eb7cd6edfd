import clsx from "clsx";
import { CircleAlert, Hourglass, Info, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { Button } from "@/ui/Button";
import { JobNote } from "./JobNote";

type Drive = Schema<"Drive">;

const LOOKS = {
  info: "border-info/40 bg-info-soft",
  warn: "border-warn/50 bg-warn-soft",
  bad: "border-bad/40 bg-bad-soft",
} as const;

interface NoticeProps {
  tone: keyof typeof LOOKS;
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
}

function Notice({ tone, icon: Icon, title, children }: NoticeProps) {
  return (
    <section aria-label={title} className={clsx("flex gap-2 rounded-lg border px-4 py-3", LOOKS[tone])}>
      <Icon aria-hidden size={16} className="mt-0.5 shrink-0" />
      <div className="min-w-0 space-y-1">
        <p className="font-medium">{title}</p>
        {children}
      </div>
    </section>
  );
}

/** What somebody who looks at the drive must know first: a reason, or a selection that is not applied (yet).
 *  The tab that shows the selection itself gives no `onSelection`, and tells it there. */
export function DriveNotices({ drive, onSelection }: { drive: Drive; onSelection?: () => void }) {
  const told = [
    drive.paused_reason && (
      <Notice key="paused" tone="warn" icon={Info} title="Registration is paused">
        <p>{drive.paused_reason}</p>
      </Notice>
    ),
    drive.cancelled_reason && (
      <Notice key="cancelled" tone="bad" icon={Info} title="The drive is called off">
        <p>{drive.cancelled_reason}</p>
      </Notice>
    ),
    onSelection && <SelectionNotice key="selection" drive={drive} onSelection={onSelection} />,
  ];
  return <div className="mb-4 space-y-2 empty:hidden">{told}</div>;
}

function SelectionNotice({ drive, onSelection }: { drive: Drive; onSelection: () => void }) {
  const may = useMay();
  const { state, job_id } = drive.selection;
  const job = job_id !== null && may("job.read") ? <JobNote id={job_id} /> : null;
  if (state === "pending") {
    return (
      <Notice
        tone="info"
        icon={Hourglass}
        title={`Selection pending${job_id === null ? "" : ` (job ${job_id})`}`}
      >
        <p>The drive is posted; until the job has applied the new selection, the one before holds.</p>
        {job}
      </Notice>
    );
  }
  if (state !== "failed" && state !== "cancelled") return null;
  return (
    <Notice tone="bad" icon={CircleAlert} title="The last selection was not applied">
      <p>Its job {state === "failed" ? "failed" : "was cancelled"}; the selection before it holds.</p>
      {job}
      {drive.allowed_moves.includes("publish") && (
        <Button size="small" onClick={onSelection}>
          Publish anew
        </Button>
      )}
    </Notice>
  );
}
