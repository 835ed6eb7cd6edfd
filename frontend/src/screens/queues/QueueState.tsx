import { Badge } from "@/ui/Badge";
import { Time } from "@/ui/Time";
import type { TypeStats } from "./useQueues";

/** Running, or held: by whom, since when, and why. */
export function QueueState({ stats }: { stats: TypeStats }) {
  const held = stats.paused_at !== null || stats.draining_at !== null;
  if (!held) {
    return stats.workers > 0 ? (
      <Badge tone="good">Running</Badge>
    ) : (
      <>
        <Badge tone="bad">No worker</Badge>
        <span className="block text-xs text-muted">Nobody takes these jobs.</span>
      </>
    );
  }
  return (
    <div className="space-y-1">
      {stats.paused_at && (
        <Held word="Paused" by={stats.paused_by} at={stats.paused_at} reason={stats.paused_reason} />
      )}
      {stats.draining_at && (
        <Held
          word={stats.drained ? "Drained" : "Draining"}
          by={stats.draining_by}
          at={stats.draining_at}
          reason={stats.draining_reason}
        />
      )}
    </div>
  );
}

interface HeldProps {
  word: string;
  by: string | null;
  at: string;
  reason: string | null;
}

const Held = ({ word, by, at, reason }: HeldProps) => (
  <div>
    <Badge tone="warn">{word}</Badge>
    <span className="block text-xs text-muted">
      by {by ?? "somebody"}, <Time value={at} />
    </span>
    {reason && <span className="block text-xs break-words">“{reason}”</span>}
  </div>
);
