import { formatPercent } from "../../train/history/numberText.ts";
import { shortNumber } from "./shortNumber.ts";

/** One line of a chart. */
export interface SeriesData {
  readonly label: string;
  /** One for each x; null where there is none, which is how JSON and the charting library have it. */
  readonly values: readonly (number | null)[];
  /** Where the line is broken, as indices of x: elsewhere it connects a value to the next one. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
  /** What its name says beside it while no cursor is in the chart: its last value, also where that is not finite. */
  readonly resting: string;
  /** Which of the colours of the page. */
  readonly colour: number;
  /** 0 solid, 1 dashed, 2 dotted. */
  readonly dash: number;
  /** From 0 to 1. */
  readonly opacity: number;
  /** Whether it is points that nothing connects. */
  readonly isPoints: boolean;
}

/** What the program of the page draws: plain JSON beside the place where it is drawn. */
export interface ChartData {
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly series: readonly SeriesData[];
  /** Whether equal distances upwards are equal ratios. */
  readonly isLogarithmic: boolean;
  /** The same of distances to the right. */
  readonly isLogarithmicInX: boolean;
  /** Whether a value holds until the next one, as in a histogram. */
  readonly isStepped: boolean;
  /** Whether values are fractions that are shown as percents. */
  readonly isPercent: boolean;
  /** Where the axis of values ends, where that is not at the largest of them. */
  readonly top?: number;
  /** What the axis of values says; nothing where the title says it. */
  readonly yLabel?: string;
  /** Charts of one group share their x: the cursor moves in all of them. */
  readonly group: string | undefined;
}

/** How many colours the page has; then they come again, dashed and dotted. */
export const colours = 8;

/** A value of a chart with the digits that tell it from its neighbours. */
export const valueText = (value: number, { isPercent }: Pick<ChartData, "isPercent">): string =>
  isPercent ? formatPercent(value) : shortNumber(value, 4);
