import { useEffect, useState } from "react";
import { absolute, relative, stamp } from "../lib/time";

const TICK_MS = 15_000;

/** A moment in the college's zone: in words where it is near, with the exact time on hover. */
export function Time({ value, as = "relative", none = "–" }: TimeProps) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (as !== "relative" || !value) return undefined;
    const timer = window.setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => window.clearInterval(timer);
  }, [as, value]);
  if (!value) return <>{none}</>;
  const near = as === "relative" ? relative(value) : null;
  return (
    <time dateTime={value} title={absolute(value)} className="whitespace-nowrap">
      {near ?? stamp(value)}
    </time>
  );
}

interface TimeProps {
  value: string | null | undefined;
  as?: "relative" | "stamp";
  none?: string;
}
