import type { ComponentType } from "react";
import type { Row } from "../rows";
import { CtcChart } from "./CtcChart";
import { DailyChart } from "./DailyChart";
import { FunnelChart } from "./FunnelChart";
import { PlacementChart } from "./PlacementChart";
import { QualityChart } from "./QualityChart";
import { SeasonChart } from "./SeasonChart";

export interface ChartProps {
  rows: readonly Row[];
  /** The choice of the view's option. */
  option: string;
}

const CHARTS: Record<string, ComponentType<ChartProps>> = {
  drive_funnel: FunnelChart,
  branch_placement: PlacementChart,
  ctc_statistics: CtcChart,
  company_season: SeasonChart,
  daily_registrations: DailyChart,
  data_quality: QualityChart,
};

/** The chart of a view; loaded apart, with the library that draws it. */
export default function Chart({ view, ...props }: ChartProps & { view: string }) {
  const Drawn = CHARTS[view];
  return Drawn ? <Drawn {...props} /> : null;
}
