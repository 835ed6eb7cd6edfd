import { CirclePause, CirclePlay, Play } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { useAct } from "@/api/act";
import { api, unwrap } from "@/api/client";
import { cli } from "@/lib/words";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CliLine } from "@/ui/CopyCli";
import { scheduleWords, type Schedule } from "./scheduleWords";

/** Run now, disable or enable; each asked for once more, because it acts for everybody. */
export function ScheduleActs({ schedule }: { schedule: Schedule }) {
  const [asking, setAsking] = useState<"run" | "disable" | null>(null);
  const navigate = useNavigate();
  const path = { params: { path: { name: schedule.name } } };
  const close = () => setAsking(null);
  const invalidates = [["schedules"], ["jobs"], ["status"]];
  const run = useAct(async () => unwrap(await api.POST("/schedules/{name}/run", path)), {
    onDone: (job) => {
      close();
      toast.success(`Job ${job.id} is queued: ${job.about}`, {
        action: { label: "Show", onClick: () => void navigate(`/jobs/${job.id}`) },
      });
    },
    invalidates,
    quiet: true,
  });
  const disable = useAct(async () => unwrap(await api.POST("/schedules/{name}/disable", path)), {
    done: `${schedule.name} is disabled`,
    onDone: close,
    invalidates,
    quiet: true,
  });
  const enable = useAct(async () => unwrap(await api.POST("/schedules/{name}/enable", path)), {
    done: `${schedule.name} fires again`,
    invalidates,
  });
  const act = asking === "run" ? run : disable;
  const verb = asking === "run" ? "run" : schedule.enabled ? "disable" : "enable";
  return (
    <div className="flex items-center justify-end gap-1">
      <Button
        size="small"
        icon={Play}
        aria-label={`Run now: ${schedule.name}`}
        onClick={() => setAsking("run")}
      >
        Run now
      </Button>
      {schedule.enabled ? (
        <IconButton
          label={`Disable ${schedule.name}`}
          icon={CirclePause}
          onClick={() => setAsking("disable")}
        />
      ) : (
        <IconButton
          label={`Enable ${schedule.name}`}
          icon={CirclePlay}
          disabled={enable.isPending}
          onClick={() => enable.mutate(undefined)}
        />
      )}
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={(open) => !open && close()}
        title={asking === "run" ? `Run ${schedule.name} now?` : `Disable ${schedule.name}?`}
        confirm={asking === "run" ? "Run now" : "Disable"}
        harmless={asking === "run"}
        busy={act.isPending}
        error={act.error}
        onConfirm={() => act.mutate(undefined)}
      >
        <p className="font-medium text-ink">{scheduleWords(schedule)}</p>
        <p>
          {asking === "run"
            ? "Its job is queued now. The schedule goes on as before."
            : "It fires no more until it is enabled again. What it sleeps through is not made up for."}
        </p>
        <CliLine command={cli("schedule", verb, schedule.name)} />
      </ConfirmDialog>
    </div>
  );
}
