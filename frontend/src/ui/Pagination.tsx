import { ChevronDown } from "lucide-react";
import { counted } from "../lib/numbers";
import { Button } from "./Button";

interface PaginationProps {
  shown: number;
  hasMore: boolean;
  onMore: () => void;
  busy: boolean;
}

/** How many rows are shown, and the button that loads the next ones: lists are paged by key, not by number. */
export function Pagination({ shown, hasMore, onMore, busy }: PaginationProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 border-t border-line px-4 py-2.5">
      <p className="text-xs text-muted" role="status">
        {counted(shown, "row")} shown{hasMore ? ", there are more" : ""}
      </p>
      {hasMore && (
        <Button size="small" icon={ChevronDown} busy={busy} onClick={onMore}>
          Load more
        </Button>
      )}
    </div>
  );
}
