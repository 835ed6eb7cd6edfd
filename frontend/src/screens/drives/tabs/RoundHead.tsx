import { Lock } from "lucide-react";
import { useState } from "react";
import type { Schema } from "@/api/client";
import { useMayOn } from "@/api/profile";
import { count, percent } from "@/lib/numbers";
import { Button } from "@/ui/Button";
import { Stat, StatRow } from "@/ui/Facts";
import { Time } from "@/ui/Time";
import { FinaliseDialog } from "./FinaliseDialog";
import { RoundState } from "./RoundsPanel";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;

/** The chosen round: how they stand, and the button that closes it. */
export function RoundHead({ drive, round }: { drive: Drive; round: Round }) {
  const may = useMayOn(drive);
  const [finalising, setFinalising] = useState(false);
  const { tally } = round;
  const closes = drive.status === "in_progress" && round.state === "open" && may("attendance.finalise");
  const part = (value: number) => (tally?.listed ? percent(value, tally.listed) : undefined);
  return (
    <section aria-label={`Round ${round.seq}`} className="space-y-3">
      <header className="flex flex-wrap items-center justify-between gap-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="text-base font-semibold">
            Round {round.seq}: {round.name}
          </h2>
          <RoundState round={round} />
          {round.finalised_at && (
            <span className="text-sm text-muted">
              finalised <Time value={round.finalised_at} />
            </span>
          )}
          {round.state === "waiting" && (
            <span className="text-sm text-muted">
              {round.seq > 1
                ? "waits until the round before is finalised"
                : "waits until the drive is started"}
            </span>
          )}
        </div>
        {closes && (
          <Button icon={Lock} onClick={() => setFinalising(true)}>
            Finalise round {round.seq}
          </Button>
        )}
      </header>
      {tally && (
        <StatRow>
          <Stat label="Called" value={count(tally.listed)} />
          <Stat label="Present" value={count(tally.present)} about={part(tally.present)} tone="good" />
          <Stat label="Late" value={count(tally.late)} about={part(tally.late)} tone="warn" />
          <Stat label="Absent" value={count(tally.absent)} about={part(tally.absent)} tone="bad" />
          <Stat label="Excused" value={count(tally.excused)} about={part(tally.excused)} tone="info" />
          <Stat label="Pending" value={count(tally.pending)} about={part(tally.pending)} />
        </StatRow>
      )}
      {finalising && <FinaliseDialog drive={drive} round={round} onClose={() => setFinalising(false)} />}
    </section>
  );
}
