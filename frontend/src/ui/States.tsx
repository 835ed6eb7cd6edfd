import clsx from "clsx";
import { CircleAlert, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { Button } from "./Button";

interface EmptyStateProps {
  title: string;
  /** What to press or type so that there is something. */
  children?: ReactNode;
  command?: string;
  action?: ReactNode;
}

/** Says that there is nothing, and which button or command changes that. */
export function EmptyState({ title, children, command, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children && <p className="max-w-prose text-sm text-muted">{children}</p>}
      {command && <code className="rounded bg-sunken px-2 py-1 font-mono text-xs break-all">{command}</code>}
      {action}
    </div>
  );
}

/** What a page or panel shows instead of its content when it cannot be had. */
export function ErrorPanel({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = asProblem(error);
  return (
    <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft p-4">
      <p className="flex items-start gap-2 font-medium text-bad">
        <CircleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
        <span>{problem.message}</span>
      </p>
      {problem.fix && <p className="mt-1 pl-6">{problem.fix}</p>}
      {problem.requestId && (
        <p className="mt-1 pl-6 font-mono text-xs text-muted">request {problem.requestId}</p>
      )}
      {retry && (
        <Button size="small" icon={RotateCw} onClick={retry} className="mt-3 ml-6">
          Try again
        </Button>
      )}
    </div>
  );
}

/** Grey bars in the place of what is being loaded. */
export function Skeleton({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className={clsx("space-y-2.5 p-4", className)}>
      {Array.from({ length: lines }, (_, line) => (
        <div
          key={line}
          className={clsx("h-4 animate-pulse rounded bg-sunken", line % 3 === 2 ? "w-2/3" : "w-full")}
        />
      ))}
    </div>
  );
}
