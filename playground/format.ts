import { shortNumber } from "../src/report/page/shortNumber.ts";

// Numbers as the page shows them.

const whole = new Intl.NumberFormat("en");

/** 0.9712 → 97.1 %; a dash where there is nothing yet. */
export const percent = (share: number | undefined): string =>
  share === undefined || Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;

/** Three significant digits, so that small losses do not become 0.00; a dash where there is nothing yet. */
export const short = (value: number | undefined): string => (value === undefined ? "–" : shortNumber(value));

/** Milliseconds, or microseconds where these are more readable. */
export const duration = (milliseconds: number | undefined): string => {
  if (milliseconds === undefined) return "–";
  return milliseconds < 1 ? `${short(Math.max(1, Math.round(milliseconds * 1000)))} µs` : `${short(milliseconds)} ms`;
};

/** Whole, with separators. */
export const count = (value: number): string => whole.format(Math.round(value));

/** Two significant digits: throughput flickers. */
export const roughly = (value: number | undefined): string =>
  value === undefined ? "–" : count(Number(value.toPrecision(2)));
