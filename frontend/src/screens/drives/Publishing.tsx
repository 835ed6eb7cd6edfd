import { useMemo, useState } from "react";
import type { Schema } from "@/api/client";
import { count, counted } from "@/lib/numbers";
import { Button, ButtonLink } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyCli } from "@/ui/CopyCli";
import { Panel } from "@/ui/Panel";
import { ErrorPanel } from "@/ui/States";
import { CandidateTable } from "./CandidateTable";
import { PlanPanel } from "./PlanPanel";
import { isNobody, publishCommand, sameWanted, type Effect, type Wanted, type Way } from "./publishing";
import { Radios } from "./Radios";
import { entriesOf, NO_LIST, RollListFields, type RollText } from "./RollListFields";
import { usePublish } from "./usePublish";

type Drive = Schema<"Drive">;

const WAYS = [
  { value: "eligible", label: "Everybody eligible", hint: "By the rules and the data of today" },
  { value: "list", label: "A list of roll numbers", hint: "Pasted, or from a file" },
  { value: "pick", label: "Pick from the candidates", hint: "Search, filter and tick" },
] as const;

const EFFECTS = [
  { value: "replace", label: "Replace the selection", hint: "Who is not named leaves it" },
  { value: "add", label: "Add to it", hint: "Nobody leaves" },
  { value: "remove", label: "Remove from it", hint: "Who has registered stays registered" },
] as const;

/** Whom the drive is published to: chosen, planned by the server, then published. */
export function Publishing({ drive }: { drive: Drive }) {
  const [way, setWay] = useState<Way>("eligible");
  const [effect, setEffect] = useState<Effect>("replace");
  const [list, setList] = useState<RollText>(NO_LIST);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [college, setCollege] = useState("");
  const [reason, setReason] = useState("");
  const [confirming, setConfirming] = useState(false);
  const { planned, plan, publish } = usePublish(drive);
  const { entries, error } = useMemo(() => entriesOf(list), [list]);
  const amends = drive.status !== "draft" && way !== "eligible";
  const wanted: Wanted = {
    way,
    effect: amends ? effect : "replace",
    entries,
    picked: [...picked],
    college,
    reason,
  };
  const stale = planned !== null && !sameWanted(planned.wanted, wanted);
  const leaveOut = (places: number[]) => {
    if (!planned) return;
    const { way: plannedWay, picked: ticked, entries: listed } = planned.wanted;
    if (plannedWay === "pick") {
      const out = new Set(places.map((place) => ticked[place - 1]));
      setPicked(new Set(ticked.filter((one) => !out.has(one))));
    } else {
      const lines = places.map((place) => listed[place - 1]?.line).filter((line) => line !== undefined);
      setList({ ...list, left: new Set([...list.left, ...lines]) });
    }
  };
  const doPublish = () => {
    if (planned) publish.mutate(planned, { onSettled: () => setConfirming(false) });
  };
  return (
    <>
      <Panel title="Publish" actions={<CopyCli command={publishCommand(drive.code, wanted)} />}>
        <div className="space-y-4">
          {!drive.reg_closes_at && (
            <p className="flex flex-wrap items-center gap-2 rounded-md bg-warn-soft px-3 py-2 text-warn">
              The drive needs a close of registration before it can be published.
              <ButtonLink size="small" to={`/drives/${drive.id}/edit`}>
                Set it
              </ButtonLink>
            </p>
          )}
          <Radios label="Who is meant" choices={WAYS} value={way} onChange={setWay} />
          {amends && (
            <Radios
              label="What happens to the selection"
              choices={EFFECTS}
              value={effect}
              onChange={setEffect}
            />
          )}
          {way === "list" && (
            <RollListFields
              given={list}
              onChange={setList}
              entries={entries}
              error={error}
              college={college}
              onCollege={setCollege}
            />
          )}
          {way === "pick" && (
            <div className="overflow-hidden rounded-lg border border-line">
              <CandidateTable drive={drive} selection={{ chosen: picked, onChange: setPicked }} />
            </div>
          )}
          {plan.error && <ErrorPanel error={plan.error} />}
          <div className="flex flex-wrap items-center gap-2">
            <Button
              kind={planned && !stale ? "secondary" : "primary"}
              busy={plan.isPending}
              disabled={isNobody(wanted) || error !== null}
              onClick={() => plan.mutate(wanted)}
            >
              Show the plan
            </Button>
            {way === "pick" && <span className="text-muted">{counted(picked.size, "student")} picked</span>}
            <span className="text-xs text-muted">Nothing is published by this.</span>
          </div>
        </div>
      </Panel>
      {planned && (
        <PlanPanel
          drive={drive}
          told={planned.told}
          stale={stale}
          reason={reason}
          onReason={setReason}
          planAgain={() => plan.mutate(wanted)}
          planning={plan.isPending}
          wanted={planned.wanted}
          mayPlan={!isNobody(wanted) && error === null}
          onLeaveOut={stale ? null : leaveOut}
          onPublish={() => (planned.told.plan.removed ? setConfirming(true) : doPublish())}
          publishing={publish.isPending}
        />
      )}
      {publish.error && !confirming && <ErrorPanel error={publish.error} />}
      {planned && (
        <ConfirmDialog
          open={confirming}
          onOpenChange={setConfirming}
          title={`Remove ${counted(planned.told.plan.removed, "student")} from the selection of ${drive.company} · ${drive.title}?`}
          confirm={`Publish and remove ${count(planned.told.plan.removed)}`}
          busy={publish.isPending}
          onConfirm={doPublish}
        >
          <p>They cannot register for {drive.code} any more.</p>
          {planned.told.plan.removed_registered > 0 && (
            <p>
              {counted(planned.told.plan.removed_registered, "of them has", "of them have")} registered, and
              stay registered.
            </p>
          )}
          {planned.told.plan.added > 0 && (
            <p>{counted(planned.told.plan.added, "student")} are added at the same time.</p>
          )}
        </ConfirmDialog>
      )}
    </>
  );
}
