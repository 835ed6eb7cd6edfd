import clsx from "clsx";
import { useId, type ReactNode } from "react";

interface PanelProps {
  title?: string;
  actions?: ReactNode;
  /** Without the inner space: for tables that reach the edge. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

/** A bordered part of a page, with a heading. */
export function Panel({ title, actions, flush, className, children }: PanelProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={title ? id : undefined}
      className={clsx(
        "min-w-0 rounded-lg border border-line bg-surface",
        flush && "overflow-hidden",
        className,
      )}
    >
      {(title || actions) && (
        <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
          {title && (
            <h2 id={id} className="font-semibold">
              {title}
            </h2>
          )}
          {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
        </header>
      )}
      <div className={clsx(!flush && "p-4")}>{children}</div>
    </section>
  );
}
