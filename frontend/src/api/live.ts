import type { QueryClient } from "@tanstack/react-query";
import type { Schema } from "./client";

export type LiveEvent = Schema<"LiveEvent">;
export type Overview = Schema<"Overview">;

/** `off`: not for this role; `live`: the stream is open; `polling`: it dropped, lists are asked for every 5 s. */
export type LiveMode = "off" | "connecting" | "live" | "polling" | "paused";

export interface LiveState {
  mode: LiveMode;
  /** When the stream dropped or was paused: what is shown is as old as this. */
  since: Date | null;
  overview: Overview | null;
}

const POLL_MS = 5_000;
const GATHER_MS = 1_000;
/** The server sends something every two seconds, as long as it can read what it shows. */
const PATIENCE_MS = 8_000;
const RETRY_MS = 15_000;

/** How many jobs of each type are in which state. */
const counts = ({ queue }: Overview): string =>
  queue.types
    .map((one) => [one.waiting, one.active, one.delayed, one.failed, one.completed_last_hour].join())
    .join(";");

/** One EventSource on GET /live for the whole console; queries with `meta: { live: true }` follow it. */
export class LiveStream {
  state: LiveState = { mode: "connecting", since: null, overview: null };
  private source: EventSource | null = null;
  private watchers = new Set<() => void>();
  private readers = new Set<(event: LiveEvent) => void>();
  private gathering: number | undefined;
  private polling: number | undefined;
  private patience: number | undefined;
  private retry: number | undefined;
  private paused = false;

  constructor(private client: QueryClient) {}

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  read = (reader: (event: LiveEvent) => void): (() => void) => {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  };

  snapshot = (): LiveState => this.state;

  start = (): (() => void) => {
    document.addEventListener("visibilitychange", this.onVisibility);
    this.open();
    return () => {
      document.removeEventListener("visibilitychange", this.onVisibility);
      this.close();
    };
  };

  pause = (): void => {
    this.paused = true;
    this.close();
    this.tell({ mode: "paused", since: new Date() });
  };

  resume = (): void => {
    this.paused = false;
    this.refresh();
    this.open();
  };

  private onVisibility = (): void => {
    if (this.paused) return;
    if (document.hidden) this.close();
    else {
      this.refresh();
      this.open();
    }
  };

  private open(): void {
    this.close();
    if (document.hidden) return;
    this.source = new EventSource("/live");
    this.source.addEventListener("open", this.hear);
    this.source.addEventListener("beat", this.hear);
    this.source.addEventListener("error", this.onError);
    this.source.addEventListener("job", (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as LiveEvent;
      this.readers.forEach((reader) => reader(event));
      this.refreshSoon();
    });
    this.source.addEventListener("overview", (message: MessageEvent<string>) => {
      const overview = JSON.parse(message.data) as Overview;
      const before = this.state.overview;
      this.tell({ overview });
      // Events wait for older transactions to end, the counts do not.
      if (before && counts(before) !== counts(overview)) this.refreshSoon();
    });
    if (this.state.mode !== "polling") this.tell({ mode: "connecting" });
    this.listen();
  }

  private close(): void {
    this.source?.close();
    this.source = null;
    window.clearInterval(this.polling);
    for (const timer of [this.gathering, this.patience, this.retry]) window.clearTimeout(timer);
    this.gathering = this.polling = this.patience = this.retry = undefined;
  }

  private hear = (): void => {
    window.clearTimeout(this.retry);
    window.clearInterval(this.polling);
    this.retry = this.polling = undefined;
    const { mode } = this.state;
    if (mode !== "live") this.tell({ mode: "live", since: null });
    if (mode === "polling") this.refresh();
    this.listen();
  };

  private onError = (): void => {
    // A browser comes back by itself only after a dropped stream, not after a refused one.
    if (this.source?.readyState === EventSource.CLOSED) {
      this.retry ??= window.setTimeout(() => {
        this.retry = undefined;
        const { polling } = this;
        this.polling = undefined;
        this.open();
        this.polling = polling ?? this.polling;
      }, RETRY_MS);
    }
  };

  /** From now on; a stream may go silent without an error: the network is cut, the server hangs. */
  private listen(): void {
    const heard = new Date();
    window.clearTimeout(this.patience);
    this.patience = window.setTimeout(() => {
      this.polling ??= window.setInterval(this.refresh, POLL_MS);
      if (this.state.mode !== "polling") this.tell({ mode: "polling", since: heard });
      this.refresh();
    }, PATIENCE_MS);
  }

  private refreshSoon(): void {
    this.gathering ??= window.setTimeout(() => {
      this.gathering = undefined;
      this.refresh();
    }, GATHER_MS);
  }

  private refresh = (): void => {
    void this.client.invalidateQueries({ predicate: (query) => query.meta?.live === true });
  };

  private tell(change: Partial<LiveState>): void {
    this.state = { ...this.state, ...change };
    this.watchers.forEach((watcher) => watcher());
  }
}
