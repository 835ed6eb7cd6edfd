interface RowTickProps {
  row: { label: string; note?: string } | undefined;
  /** The middle of the row. */
  y: number;
  /** How high the bars are that stand there. */
  bars: number;
}

/** A row's name above its bars and the note below. */
export function RowTick({ row, y, bars }: RowTickProps) {
  if (!row) return null;
  return (
    <g>
      <text x={1} y={y - bars / 2 - 6} className="fill-ink text-xs font-medium">
        {row.label}
      </text>
      {row.note && (
        <text x={1} y={y + bars / 2 + 13} className="fill-muted text-[11px] tabular-nums">
          {row.note}
        </text>
      )}
    </g>
  );
}
