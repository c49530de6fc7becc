import { type ChartData, colours, type SeriesData, valueText } from "./chartData.ts";
import { grouped } from "./collections.ts";
import { dataTable } from "./dataTable.ts";
import { html, jsonScript, type Markup } from "./markup.ts";
import { placeNumber } from "./shortNumber.ts";

/** One line. */
export interface Line {
  readonly label: string;
  /** In the order of x; values that are not finite are left out, and break the line. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Other x, in their order, where it could have had a value and has none: there it is broken too. */
  readonly gaps?: readonly number[];
  /** Which of the colours of the page. Default: the number of the line. */
  readonly colour?: number;
  /** 0 solid, 1 dashed, 2 dotted. Default: solid for the first lines, then dashed, then dotted. */
  readonly dash?: number;
  /** From 0 to 1. Default: 1. */
  readonly opacity?: number;
  /** Whether it is points that nothing connects. Default: a line. */
  readonly isPoints?: boolean;
}

export interface LineChartOptions {
  readonly title: string;
  /** How to read it, in a sentence. */
  readonly hint?: string;
  readonly lines: readonly Line[];
  /** Default: "epochs". */
  readonly xLabel?: string;
  /** Default: none. */
  readonly yLabel?: string;
  readonly isLogarithmic?: boolean;
  /** All x must be above 0 then. */
  readonly isLogarithmicInX?: boolean;
  readonly isPercent?: boolean;
  readonly isStepped?: boolean;
  /** Where the axis of values ends. Default: behind the largest of them. */
  readonly top?: number;
  /** Charts of one group share their x: the cursor moves in all of them. Default: those of the same `xLabel`. */
  readonly group?: string;
}

/** The number of rows in the table below a chart. */
const rowsShown = 25;

/**
 * Lines over a common x, drawn by the program of the page. Where no program runs, and for those who do not see pictures, the
 * a table below it has the numbers. Nothing is drawn of lines without points.
 */
export const lineChart = (options: LineChartOptions): readonly Markup[] => {
  const data = dataOf(options);
  if (data.series.length === 0) return [];
  const { title, hint } = options;
  const show = (value: number | null): string => (value === null ? "" : valueText(value, data));
  const legend = data.series.map(
    ({ label, resting, colour, dash, opacity }) =>
      html`<button type="button" aria-pressed="true"><span class="swatch dash${dash}" style="--own: var(--c${colour}); opacity: ${opacity}"></span><bdi>${label}</bdi> <span class="value">${resting}</span></button>`,
  );
  return [
    html`<figure class="chart">
<figcaption><h3>${title}</h3>${hint === undefined ? undefined : html`<p class="hint">${hint}</p>`}</figcaption>
<div class="legend">${legend}</div>
<div class="plot" role="img" tabindex="0" aria-label="${descriptionOf(title, data)}">${jsonScript(data)}<span class="where"></span></div>
<details><summary>Numbers</summary>${numbersOf(data, show)}</details>
</figure>
`,
  ];
};

/** Where a histogram ends, and which of some points is the last one, says nothing. */
const restingOf = (points: Line["points"], isPoints: boolean, options: LineChartOptions): string => {
  const last = points.at(-1)?.[1];
  return options.isStepped || isPoints || last === undefined
    ? ""
    : valueText(last, { isPercent: options.isPercent ?? false });
};

/** More points than this are not seen on any screen. */
const mostPoints = 1500;

/** Evenly some of many points, the first and the last among them. */
const thinned = (points: Line["points"]): Line["points"] => {
  const every = Math.ceil(points.length / mostPoints);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
};

/** Every x of every line in order, as often as the line has it that has it most often: points may lie above each other. */
const commonX = (lines: readonly ReadonlyMap<number, readonly unknown[]>[]): readonly number[] => {
  const times = new Map<number, number>();
  for (const line of lines) {
    for (const [at, points] of line) times.set(at, Math.max(times.get(at) ?? 0, points.length));
  }
  return [...times].sort(([a], [b]) => a - b).flatMap(([at, count]) => new Array<number>(count).fill(at));
};

/** Where a line is to be broken: an x between two of its points, of each two of them at most one. */
const breaksOf = (missing: readonly number[], points: Line["points"]): readonly number[] => {
  const sorted = [...missing].sort((a, b) => a - b);
  let next = 0;
  return points.slice(1).flatMap(([to], before) => {
    while (sorted[next] <= points[before][0]) next++;
    return sorted[next] < to ? [sorted[next]] : [];
  });
};

/** The same as indices of x, from the value before to that behind. */
const gapsOf = (breaks: readonly number[], x: readonly number[], values: SeriesData["values"]): SeriesData["gaps"] =>
  breaks.map((at) => {
    let from = x.indexOf(at);
    let to = from;
    while (values[from - 1] === null) from--;
    while (values[to + 1] === null) to++;
    return [from, to];
  });

const dataOf = (options: LineChartOptions): ChartData => {
  const {
    lines,
    xLabel = "epochs",
    isLogarithmic = false,
    isLogarithmicInX = false,
    isPercent = false,
    isStepped = false,
  } = options;
  // A logarithmic axis has no place for 0.
  const isShown = ([, y]: readonly [number, number]): boolean => Number.isFinite(y) && (!isLogarithmic || y > 0);
  const all = lines.map((line, index) => {
    const points = thinned(line.points.filter(isShown));
    const missing = line.points.filter((point) => !isShown(point)).map(([at]) => at);
    return {
      ...line,
      index,
      resting: restingOf(line.points, line.isPoints ?? false, options),
      points,
      breaks: line.isPoints ? [] : breaksOf([...missing, ...(line.gaps ?? [])], points),
    };
  });
  const filled = all.filter(({ points }) => points.length > 0);
  const byX = filled.map(({ points }) => grouped(points, ([at]) => at));
  const broken = filled.map(({ breaks }) => grouped(breaks, (at) => at));
  const x = commonX([...byX, ...broken]);
  const series = filled.map((drawn, line): SeriesData => {
    const { label, index, resting, breaks, colour, dash, opacity = 1, isPoints = false } = drawn;
    const left = new Map(Array.from(byX[line], ([at, points]) => [at, points.values()]));
    const values = x.map((at) => left.get(at)?.next().value?.[1] ?? null);
    return {
      label,
      values,
      gaps: gapsOf(breaks, x, values),
      resting,
      colour: (colour ?? index) % colours,
      dash: dash ?? Math.min(2, Math.floor(index / colours)),
      opacity,
      isPoints,
    };
  });
  return {
    x,
    xLabel,
    series,
    isLogarithmic,
    isLogarithmicInX,
    isPercent,
    isStepped,
    top: options.top,
    yLabel: options.yLabel,
    group: options.group ?? xLabel,
  };
};

/** `Loss: training from 2.3 to 0.05, validation from 2.1 to 0.08` */
const descriptionOf = (title: string, data: ChartData): string => {
  const each = data.series.map(({ label, values, resting }) => {
    const first = values.find((value) => value !== null) ?? null;
    return first === null || resting === "" ? label : `${label} from ${valueText(first, data)} to ${resting}`;
  });
  return `${title}: ${each.join(", ")}`;
};

const numbersOf = ({ x, xLabel, series }: ChartData, show: (value: number | null) => string): Markup => {
  const last = x.length - 1;
  const count = Math.min(x.length, rowsShown);
  const rows = Array.from({ length: count }, (_, index) =>
    count === 1 ? 0 : Math.round((index * last) / (count - 1)),
  );
  return dataTable({
    head: [xLabel, ...series.map(({ label }) => label)],
    rows: rows.map((row) => [placeNumber(x[row], 4), ...series.map(({ values }) => show(values[row]))]),
  });
};
