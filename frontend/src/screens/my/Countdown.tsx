import { useEffect, useEffectEvent, useState } from "react";
import { absolute, duration } from "@/lib/time";

interface CountdownProps {
  to: string;
  /** What the server's clock said in the answer, which decides; the own clock only counts on from there. */
  asOf: string;
  onEnd: () => void;
}

const SECOND = 1_000;
const MINUTE = 60;

/** How long it is until a moment by the server's clock: `2 d 4 h`, the last hour to the second. */
export function Countdown({ to, asOf, onEnd }: CountdownProps) {
  const left = useSecondsLeft(to, asOf);
  const over = left <= 0;
  const ended = useEffectEvent(onEnd);
  useEffect(() => {
    if (over) ended();
  }, [over]);
  return (
    <time dateTime={to} title={absolute(to)} className="whitespace-nowrap tabular-nums">
      {over ? "this moment" : duration(Math.max(1, coarse(left)))}
    </time>
  );
}

/** Whole minutes above an hour, so that the second unit does not flicker. */
const coarse = (seconds: number): number =>
  seconds > 60 * MINUTE ? Math.floor(seconds / MINUTE) * MINUTE : Math.floor(seconds);

function useSecondsLeft(to: string, asOf: string): number {
  const whole = (Date.parse(to) - Date.parse(asOf)) / SECOND;
  const [passed, setPassed] = useState({ of: asOf, seconds: 0 });
  useEffect(() => {
    const start = performance.now();
    const timer = window.setInterval(
      () => setPassed({ of: asOf, seconds: (performance.now() - start) / SECOND }),
      SECOND,
    );
    return () => window.clearInterval(timer);
  }, [asOf]);
  return whole - (passed.of === asOf ? passed.seconds : 0);
}
