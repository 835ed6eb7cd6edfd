import { useEffect, type ReactNode } from "react";

interface PageHeaderProps {
  title: string;
  /** Small, above the title: where the page belongs. */
  above?: ReactNode;
  badge?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
}

/** The page's one `h1`, which also names the browser's tab. */
export function PageHeader({ title, above, badge, about, actions }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · placeOps`;
  }, [title]);
  return (
    <header className="mb-4 flex flex-wrap items-end justify-between gap-x-4 gap-y-3">
      <div className="min-w-0">
        {above && <div className="text-xs text-muted">{above}</div>}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
          {badge}
        </div>
        {about && <div className="mt-0.5 text-sm text-muted">{about}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
