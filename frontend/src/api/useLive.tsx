import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { LiveStream, type LiveEvent, type LiveState } from "./live";
import { useMay } from "./profile";

const Context = createContext<LiveStream | null>(null);
const OFF: LiveState = { mode: "off", since: null, overview: null };
const nothing = () => () => undefined;

/** Holds the one stream of the console open while somebody who may read jobs is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const may = useMay();
  const stream = useMemo(() => (may("job.read") ? new LiveStream(client) : null), [client, may]);
  useEffect(() => stream?.start(), [stream]);
  return <Context value={stream}>{children}</Context>;
}

/** How the stream stands, its newest overview (for those who may see queues), and how to pause it. */
export function useLive() {
  const stream = use(Context);
  const state = useSyncExternalStore(stream?.watch ?? nothing, stream?.snapshot ?? (() => OFF));
  return { ...state, pause: stream?.pause, resume: stream?.resume };
}

/** Calls `reader` for each transition of a job. Most lists need only `meta: { live: true }` on their query. */
export function useLiveEvents(reader: (event: LiveEvent) => void): void {
  const stream = use(Context);
  useEffect(() => stream?.read(reader), [stream, reader]);
}
