import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** Controls that show a value of the URL must not wait for a transition. */
const AT_ONCE = { replace: true, flushSync: true };

/** One value of the URL's search parameters, and how to set it; empty removes it. */
export function useFilters() {
  const [params, setParams] = useSearchParams();
  const get = useCallback((name: string): string => params.get(name) ?? "", [params]);
  const set = useCallback(
    (changes: Record<string, string | null>) => {
      setParams((before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value) after.set(name, value);
          else after.delete(name);
        }
        return after;
      }, AT_ONCE);
    },
    [setParams],
  );
  return { get, set, clear: useCallback(() => setParams({}, AT_ONCE), [setParams]) };
}

/** A filter's value where it is one of the known ones. */
export const oneOf = <T extends string>(value: string, known: readonly T[]): T | undefined =>
  known.find((one) => one === value);
