/** Fills that can be told apart without colour. */
export type Pattern = "solid" | "hatch" | "dots" | "plain";

const COLOURS: Record<Pattern, string> = {
  solid: "var(--chart-1)",
  hatch: "var(--chart-2)",
  dots: "var(--chart-3)",
  plain: "var(--chart-5)",
};

const fillOf = (pattern: Pattern): string =>
  ({ solid: COLOURS.solid, plain: "var(--surface)", hatch: "url(#chart-hatch)", dots: "url(#chart-dots)" })[
    pattern
  ];

/** How a part drawn with a pattern is filled and outlined. */
export const look = (pattern: Pattern) => ({
  fill: fillOf(pattern),
  stroke: COLOURS[pattern],
  strokeWidth: 1,
});

/** The patterns themselves, to which the fills of every chart on the page point. */
export const Patterns = () => (
  <svg aria-hidden width="0" height="0" className="absolute">
    <defs>
      <pattern
        id="chart-hatch"
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="6" height="6" fill="var(--surface)" />
        <rect width="2.5" height="6" fill={COLOURS.hatch} />
      </pattern>
      <pattern id="chart-dots" width="5" height="5" patternUnits="userSpaceOnUse">
        <rect width="5" height="5" fill="var(--surface)" />
        <circle cx="2.5" cy="2.5" r="1.2" fill={COLOURS.dots} />
      </pattern>
    </defs>
  </svg>
);

export interface Series {
  key: string;
  label: string;
  pattern: Pattern;
}

/** What each pattern stands for. */
export const Legend = ({ series }: { series: readonly Series[] }) => (
  <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
    {series.map(({ key, label, pattern }) => (
      <li key={key} className="flex items-center gap-1.5">
        <svg aria-hidden width="22" height="12">
          <rect x="0.5" y="0.5" width="21" height="11" {...look(pattern)} />
        </svg>
        {label}
      </li>
    ))}
  </ul>
);
