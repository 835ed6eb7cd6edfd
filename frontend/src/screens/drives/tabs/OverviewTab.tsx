import type { ReactNode } from "react";
import type { Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { lpaRange, rupees } from "@/lib/money";
import { counted } from "@/lib/numbers";
import { calendarDay } from "@/lib/time";
import { cli } from "@/lib/words";
import { Badge, StateBadge } from "@/ui/Badge";
import { CopyCli } from "@/ui/CopyCli";
import { KeyValue } from "@/ui/Facts";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { DriveJobs } from "../DriveJobs";
import { Funnel } from "../Funnel";
import { criteriaWords, missingWords } from "../rules";
import { Timeline } from "../Timeline";

type Drive = Schema<"Drive">;

/** A drive at a glance: how far students came, its facts and rules, and what happened to it. */
export default function OverviewTab({ told }: { told: Schema<"DriveDetails"> }) {
  const { drive, criteria } = told;
  const may = useMay();
  return (
    <div className="space-y-4">
      {may("view.read") && <Funnel id={drive.id} />}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <Panel title="Facts">
            <Facts drive={drive} />
          </Panel>
          <Panel title="Who may register">
            <KeyValue items={criteriaWords(criteria)} />
            <p className="mt-3 text-xs text-muted">
              Who lacks a value that a rule needs {missingWords(criteria.on_missing)}. Version{" "}
              {drive.criteria_version} of the criteria.
            </p>
          </Panel>
        </div>
        <div className="min-w-0 space-y-4">
          <Panel title="What happened">
            <Timeline drive={drive} />
          </Panel>
          {may("job.read") && (
            <Panel
              title="Background work"
              actions={<CopyCli command={cli("job", "list", "--drive", drive.code)} />}
            >
              <DriveJobs id={drive.id} />
            </Panel>
          )}
        </div>
      </div>
    </div>
  );
}

function Facts({ drive }: { drive: Drive }) {
  return (
    <KeyValue
      items={[
        ["Registration", <Window key="window" drive={drive} />],
        [
          "Opens",
          drive.reg_opens_at ? <Time value={drive.reg_opens_at} as="stamp" /> : "as soon as it is published",
        ],
        [
          "Closes",
          drive.reg_closes_at ? (
            <Time value={drive.reg_closes_at} as="stamp" />
          ) : (
            <span className="text-warn">not set; a drive needs it to be published</span>
          ),
        ],
        ["Date of the drive", drive.drive_date ? calendarDay(drive.drive_date) : "not set"],
        ["CTC", <Pay key="pay" drive={drive} />],
        ["Selection", <Selected key="selection" drive={drive} />],
        ["Note", drive.note],
        ["Created", by(drive.created_at, drive.created_by)],
        ["Published", drive.published_at && by(drive.published_at, drive.published_by)],
      ]}
    />
  );
}

const by = (at: string, name: string | null): ReactNode => (
  <>
    <Time value={at} />
    {name && ` by ${name}`}
  </>
);

function Window({ drive }: { drive: Drive }) {
  const { registration, reg_opens_at, reg_closes_at } = drive;
  if (registration === "open") {
    return (
      <>
        <StateBadge state="open" /> closes <Time value={reg_closes_at} />
      </>
    );
  }
  if (registration === "not_open") {
    return (
      <>
        <StateBadge state="not_open" /> opens <Time value={reg_opens_at} />
      </>
    );
  }
  if (registration === "closed") return <StateBadge state="closed" />;
  return <span>none, the drive is {registration.replace("_", " ")}</span>;
}

function Pay({ drive: { ctc_min, ctc_max } }: { drive: Drive }) {
  const range = [...new Set([ctc_min, ctc_max])].filter((value) => value !== null).map(rupees);
  return (
    <>
      {lpaRange(ctc_min, ctc_max)}
      {range.length > 0 && <span className="text-muted"> ({range.join(" to ")} a year)</span>}
    </>
  );
}

function Selected({ drive }: { drive: Drive }) {
  const { state, selected } = drive.selection;
  if (state === "none") return "nobody yet";
  return (
    <>
      {counted(selected, "student")}{" "}
      {state !== "applied" && (
        <StateBadge state={state} label={state === "pending" ? "new one pending" : undefined} />
      )}
      {drive.auto_published && <Badge tone="info">published by itself</Badge>}
    </>
  );
}
