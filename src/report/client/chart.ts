import uPlot from "uplot";
import { type ChartData, type SeriesData, valueText } from "../page/chartData.ts";
import { placeNumber, shortNumber } from "../page/shortNumber.ts";
import { logAxis, logRange } from "./logAxis.ts";
import { tickTexts } from "./tickText.ts";

const dashes: readonly (number[] | undefined)[] = [undefined, [6, 4], [2, 3]];
const font = "12px system-ui, sans-serif";

/** Draws the chart of a figure, and redraws it when the page is resized, changes between light and dark, or is printed. */
export const drawChart = (figure: HTMLElement): void => {
  const place = figure.querySelector<HTMLElement>(".plot");
  const script = place?.querySelector("script");
  if (!place || !script) return;
  const data: ChartData = JSON.parse(script.textContent ?? "");
  const buttons = [...figure.querySelectorAll<HTMLButtonElement>(".legend button")];
  const where = place.querySelector(".where");
  const isShown = data.series.map(() => true);
  let plot: uPlot | undefined;
  const make = (): void => {
    const { clientWidth: width, clientHeight: height } = place;
    if (width === 0) return;
    plot?.destroy();
    const own = optionsOf(data, isShown, (index) => {
      showValues(buttons, data, index);
      if (where) where.textContent = whereOf(data, index);
    });
    plot = new uPlot({ ...own, width, height }, [[...data.x], ...data.series.map(drawnOf)], place);
  };
  for (const [index, button] of buttons.entries()) {
    button.addEventListener("click", () => {
      isShown[index] = !isShown[index];
      button.setAttribute("aria-pressed", String(isShown[index]));
      plot?.setSeries(index + 1, { show: isShown[index] });
    });
  }
  place.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || !plot) return;
    event.preventDefault();
    const at = Math.min(Math.max((plot.cursor.idx ?? (step > 0 ? -1 : data.x.length)) + step, 0), data.x.length - 1);
    for (const chart of together(plot, data)) chart.setCursor({ left: chart.valToPos(data.x[at], "x"), top: 1 });
  });
  place.addEventListener("blur", () => {
    for (const chart of plot ? together(plot, data) : []) chart.setCursor({ left: -10, top: -10 });
  });
  new ResizeObserver(make).observe(place);
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", make);
};

/** The values of a line: undefined where it continues to the next one, null where it is broken. */
const drawnOf = ({ values, gaps }: SeriesData): (number | null | undefined)[] => {
  const drawn: (number | null | undefined)[] = values.map((value) => value ?? undefined);
  for (const [from, to] of gaps) drawn.fill(null, from, to + 1);
  return drawn;
};

/** The charts whose cursors move with that of this one. */
const together = (plot: uPlot, { group }: ChartData): readonly uPlot[] =>
  group === undefined ? [plot] : uPlot.sync(group).plots;

const textOf = (value: number | null | undefined, data: ChartData): string =>
  value === null || value === undefined ? "" : valueText(value, data);

/** `epoch 237`: where the cursor is. */
const whereOf = ({ x, xLabel }: ChartData, index: number | null | undefined): string =>
  index === null || index === undefined ? "" : `${xLabel.replace(/s$/, "")} ${placeNumber(x[index], 4)}`;

/** Into the legend: the values at the cursor, or where there is none the last ones. */
const showValues = (buttons: readonly HTMLButtonElement[], data: ChartData, index: number | null | undefined): void => {
  for (const [at, { values, resting }] of data.series.entries()) {
    const value = index === null || index === undefined ? undefined : values[index];
    const shown = buttons[at].querySelector(".value");
    if (shown) shown.textContent = index === null || index === undefined ? resting : textOf(value, data);
  }
};

const optionsOf = (
  data: ChartData,
  isShown: readonly boolean[],
  cursorMoved: (index: number | null | undefined) => void,
): Omit<uPlot.Options, "width" | "height"> => {
  const { xLabel, yLabel, isLogarithmic, isLogarithmicInX, isPercent, group, series, x } = data;
  const axis: uPlot.Axis = {
    stroke: themed("--quiet"),
    font,
    grid: { stroke: themed("--line"), width: 1 },
    ticks: { stroke: themed("--line"), width: 1, size: 4 },
    values: (_, splits, __, ___, step) => tickTexts(splits, step),
  };
  return {
    scales: {
      x: placeScale(data),
      y: valueScale(data),
    },
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: {
      y: false,
      // Its dots are at the values that the legend tells, not at the next ones of a line that has none there.
      dataIdx: (_, __, index) => index,
      drag: { x: true, y: false, setScale: true },
      ...(group === undefined ? {} : { sync: { key: group, setSeries: false, scales: ["x", null] } }),
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 2,
        label: xLabel,
        labelSize: 18,
        labelGap: 0,
        labelFont: font,
        ...(isLogarithmicInX ? shownPowers : {}),
      },
      {
        ...axis,
        size: (_, texts) => widthOf(texts),
        gap: 4,
        ...(yLabel === undefined ? {} : { label: yLabel, labelSize: 18, labelGap: 0, labelFont: font }),
        ...(isLogarithmic ? shownPowers : {}),
        ...(isPercent
          ? {
              values: (_, splits, __, ___, step) =>
                tickTexts(
                  splits.map((split) => 100 * split),
                  100 * step,
                ).map((text) => `${text} %`),
            }
          : {}),
      },
    ],
    series: [{}, ...series.map((line, index) => lineOf(line, data, isShown[index], x.length))],
    hooks: { setCursor: [({ cursor }) => cursorMoved(cursor.idx)] },
  };
};

/** What the numbers of an axis need beside it: numbers of many digits more than is usual. */
const widthOf = (texts: readonly string[] | null): number =>
  Math.max(56, ...(texts ?? []).map((text) => 12 + 7 * text.length));

const shownPowers: uPlot.Axis = { ...logAxis, values: (_, splits) => splits.map((split) => shortNumber(split)) };

/** Points may have an x in common with others: uPlot draws the first only of those that lie on the edge of the axis. */
const placeScale = ({ isLogarithmicInX, series }: ChartData): uPlot.Scale => {
  if (isLogarithmicInX) return { time: false, distr: 3, range: (_, low, high) => [low, high] };
  if (!series.some(({ isPoints }) => isPoints)) return { time: false };
  return {
    time: false,
    range: (_, low, high) => {
      const room = 0.03 * (high - low || Math.abs(high) || 1);
      return [low - room, high + room];
    },
  };
};

const valueScale = ({ isLogarithmic, isPercent, top }: ChartData): uPlot.Scale => {
  if (isLogarithmic) return { distr: 3, range: (_, low, high) => logRange(low, high) };
  if (top !== undefined) return { range: [0, top] };
  return isPercent ? { range: (_, low, high) => percentRange(low ?? 0, high ?? 1) } : {};
};

/** A little room, but nothing below 0 or above 100 %; and not so little that one example looks like much. */
const percentRange = (low: number, high: number): [number, number] => {
  const room = Math.max(0.06 * (high - low), 0.005);
  return [Math.max(0, low - room), Math.min(1, high + room)];
};

const lineOf = (
  { label, colour, dash, opacity, isPoints }: SeriesData,
  data: ChartData,
  show: boolean,
  points: number,
): uPlot.Series => ({
  label,
  show,
  stroke: themed(`--c${colour}`),
  alpha: opacity,
  // Many points are noise more than a curve: thin lines hide less of each other.
  width: points > 60 ? 1.4 : 2,
  // A line needs two of them: a few points are dots as well.
  points: { show: isPoints || (points < 30 && !data.isStepped), size: isPoints ? 5 : 6, fill: themed(`--c${colour}`) },
  ...(dashes[dash] ? { dash: dashes[dash] } : {}),
  ...(data.isStepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
  ...(isPoints ? { paths: () => null } : {}),
});

/** The value of a custom property of the page, such as a colour. */
const themed = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
