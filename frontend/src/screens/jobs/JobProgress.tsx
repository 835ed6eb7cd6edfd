import { progressOf, progressWords, type Job } from "./jobWords";

/** The phase of a running job in words, with a bar where the whole is known. */
export function JobProgress({ job }: { job: Job }) {
  const progress = progressOf(job);
  if (!progress) return null;
  const { done, total } = progress;
  const text = progressWords(progress);
  return (
    <div className="mt-1 max-w-md" role="status">
      <p className="text-sm">{text}</p>
      {done !== null && total !== null && total > 0 && (
        <progress
          aria-label={text}
          value={done}
          max={total}
          className="mt-1 h-1.5 w-full overflow-hidden rounded-full accent-accent"
        />
      )}
    </div>
  );
}
