import { useEffect, useState } from "react";

const PAUSE_MS = 250;

/** The value as it was when it last stayed the same for a moment: for what is asked while somebody types. */
export function useSettled<T>(value: T): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => settle(value), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled;
}
