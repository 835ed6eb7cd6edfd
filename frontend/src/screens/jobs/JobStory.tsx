import clsx from "clsx";
import { Link } from "react-router";
import type { Schema } from "@/api/client";
import { useLive } from "@/api/useLive";
import { absolute, day, preciseClock } from "@/lib/time";
import { StateBadge } from "@/ui/Badge";
import { Time } from "@/ui/Time";
import { JobProgress } from "./JobProgress";
import { isFinished, stateWords, typeWords, type Job } from "./jobWords";
import { told } from "./story";

const DOTS: Record<string, string> = {
  completed: "bg-good",
  failed: "bg-bad",
  cancelled: "bg-bad",
  active: "bg-info",
  delayed: "bg-warn",
};

/** Everything that happened to the job, in sentences, oldest first; below them how it stands now. */
export function JobStory({ story }: { story: Schema<"JobStory"> }) {
  const chapters = told(story.events);
  return (
    <ol className="relative space-y-3 before:absolute before:inset-y-2 before:left-[3.5px] before:w-px before:bg-line">
      {chapters.map((chapter, index) => {
        const today = day(chapter.at);
        const before = chapters[index - 1];
        return (
          <li key={chapter.id} className="relative pl-5">
            <Dot state={chapter.state} />
            <time
              dateTime={chapter.at}
              title={absolute(chapter.at)}
              className="block text-xs text-muted tabular-nums"
            >
              {before && day(before.at) === today ? "" : `${today}, `}
              {preciseClock(chapter.at)}
            </time>
            <span className="break-words">{chapter.sentence}</span>
          </li>
        );
      })}
      {!isFinished(story.job.state) && <Now job={story.job} />}
    </ol>
  );
}

/** Why a waiting job does not begin, where the reason is its queue. */
function Held({ type }: { type: string }) {
  const { overview } = useLive();
  const stats = overview?.queue.types.find((one) => one.type === type);
  if (!stats || (stats.paused_at === null && stats.workers > 0)) return null;
  return (
    <>
      because{" "}
      <Link to="/queues" className="text-accent underline underline-offset-2">
        {typeWords(type)}
      </Link>{" "}
      {stats.paused_at === null
        ? "has no worker"
        : `is paused by ${stats.paused_by ?? "somebody"}${stats.paused_reason ? `: ${stats.paused_reason}` : ""}`}
    </>
  );
}

const Dot = ({ state }: { state: string }) => (
  <span
    aria-hidden
    className={clsx(
      "absolute top-1.5 left-0 size-2 rounded-full ring-2 ring-surface",
      DOTS[state] ?? "bg-muted",
    )}
  />
);

function Now({ job }: { job: Job }) {
  return (
    <li className="relative pl-5">
      <Dot state={job.state} />
      <span className="block text-xs text-muted">now</span>
      <StateBadge state={job.state} label={stateWords(job.state)} />{" "}
      {job.state === "waiting" && <Held type={job.type} />}
      {job.state === "delayed" && (
        <>
          tried again <Time value={job.run_at} />
        </>
      )}
      {job.state === "active" && (
        <>
          begun <Time value={job.started_at} />
          {job.cancel_requested_at && ", and asked to stop"}
          <JobProgress job={job} />
        </>
      )}
    </li>
  );
}
