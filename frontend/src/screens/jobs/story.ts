import type { Schema } from "@/api/client";
import { duration } from "@/lib/time";

type Event = Schema<"JobEvent">;

export interface Chapter {
  id: number;
  at: string;
  state: string;
  sentence: string;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What happened to a job, a sentence an event, oldest first. */
export function told(events: readonly Event[]): Chapter[] {
  let begun: Event | null = null;
  return events.map((event) => {
    const spent = begun ? duration((Date.parse(event.at) - Date.parse(begun.at)) / 1000) : "";
    // A cancel request begins nothing.
    if (event.from_state !== event.to_state) begun = event;
    return { id: event.id, at: event.at, state: event.to_state, sentence: capital(sentence(event, spent)) };
  });
}

function sentence(event: Event, spent: string): string {
  const why = event.why ?? "";
  const tried = `attempt ${event.attempt}`;
  switch (`${event.from_state ?? ""}>${event.to_state}`) {
    case "waiting>active":
      return `${tried} began on ${worker(event)}, after ${spent} of waiting`;
    case "active>active":
      return `${why}, while ${tried} ran`;
    case "active>completed":
      return `completed by ${tried} after ${spent}${why && `: ${why}`}`;
    case "active>delayed":
      return `${tried} ended after ${spent}, to be tried again later: ${why}`;
    case "active>waiting":
      return `${tried} ended after ${spent}, back in the queue: ${why}`;
    case "active>failed":
      return `failed in ${tried} after ${spent}: ${why}`;
    case "active>cancelled":
      return `cancelled in ${tried} after ${spent}: ${why}`;
    case "delayed>waiting":
      return `${why}, after ${spent} of delay`;
    case "waiting>cancelled":
    case "delayed>cancelled":
      return `${why}, after ${spent} ${event.from_state ?? ""}`;
    default:
      return why || `${event.from_state ?? "new"}, then ${event.to_state}`;
  }
}

function worker({ worker_id, host, pid }: Event): string {
  return `worker ${worker_id ?? "?"}${host ? ` (${host}, pid ${pid ?? "?"})` : ""}`;
}
