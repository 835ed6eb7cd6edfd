import { useMemo } from "react";
import { oneOf, useFilters } from "@/lib/filters";
import { sinceOf } from "@/lib/since";
import { JOB_STATES, type JobState } from "./jobWords";

/** Which jobs are shown; empty: any. `since` is a span before now, such as `24h`. */
export interface JobFilter {
  state: JobState | undefined;
  type: string;
  drive: string;
  by: string;
  since: string;
}

/** The filter as the URL has it. */
export function useJobFilter() {
  const { get, set, clear } = useFilters();
  const state = oneOf(get("state"), JOB_STATES);
  const [type, drive, by, since] = [get("type"), get("drive"), get("by"), get("since")];
  const filter = useMemo<JobFilter>(
    () => ({ state, type, drive, by, since }),
    [state, type, drive, by, since],
  );
  return { filter, narrowed: Boolean(type || drive || by || since), set, clear };
}

/** The same as the API's parameters, as of now; the state is apart, because the counts do not take it. */
export const asked = ({ type, drive, by, since }: JobFilter) => ({
  type: type || undefined,
  drive: drive || undefined,
  by: by || undefined,
  since: sinceOf(since),
});

/** The same as options of the command line. */
export const options = ({ type, drive, by, since }: JobFilter): string[] => [
  ...(type ? ["--type", type] : []),
  ...(drive ? ["--drive", drive] : []),
  ...(by ? ["--by", by] : []),
  ...(since ? ["--since", since] : []),
];
