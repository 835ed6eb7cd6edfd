import { Pause, Play } from "lucide-react";
import { useLive } from "../api/useLive";
import { clock } from "../lib/time";
import { Badge, type Tone } from "../ui/Badge";
import { IconButton } from "../ui/Button";

/** Whether what is shown follows what happens, since when it does not, and the button that stops it. */
export function LiveBadge() {
  const { mode, since, pause, resume } = useLive();
  if (mode === "off") return null;
  const [tone, text] = told(mode, since);
  const paused = mode === "paused";
  return (
    <div className="flex items-center gap-1">
      <span role="status">
        <Badge tone={tone}>{text}</Badge>
      </span>
      <IconButton
        label={paused ? "Resume live updates" : "Pause live updates"}
        icon={paused ? Play : Pause}
        onClick={paused ? resume : pause}
      />
    </div>
  );
}

function told(mode: "connecting" | "live" | "polling" | "paused", since: Date | null): [Tone, string] {
  const at = since ? ` since ${clock(since)}` : "";
  if (mode === "live") return ["good", "Live"];
  if (mode === "paused") return ["warn", `Paused${at}`];
  if (mode === "polling") return ["warn", `Stale${at}`];
  return ["neutral", "Connecting"];
}
