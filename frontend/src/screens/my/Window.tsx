import { useQueryClient } from "@tanstack/react-query";
import { StateBadge } from "@/ui/Badge";
import { Time } from "@/ui/Time";
import { Countdown } from "./Countdown";
import { MINE, type MyStanding } from "./mine";

/** Whether the drive takes registrations, until or from when. */
export function Window({ drive }: { drive: MyStanding }) {
  const client = useQueryClient();
  const askAgain = () => void client.invalidateQueries({ queryKey: MINE });
  const { window: state, reg_opens_at: opens, reg_closes_at: closes, as_of: asOf } = drive;
  if (state === "open") {
    return (
      <>
        <StateBadge state="open" />{" "}
        {closes && (
          <>
            closes in <Countdown to={closes} asOf={asOf} onEnd={askAgain} />
          </>
        )}
      </>
    );
  }
  if (state === "not_open") {
    return (
      <>
        <StateBadge state="not_open" label="Not open yet" />{" "}
        {opens && (
          <>
            opens in <Countdown to={opens} asOf={asOf} onEnd={askAgain} />
          </>
        )}
      </>
    );
  }
  if (state === "closed") {
    return (
      <>
        <StateBadge state="closed" /> <Time value={closes} none="" />
      </>
    );
  }
  return <StateBadge state={state} />;
}
