import uPlot from "uplot";
import { logAxis, logRange } from "../../src/report/client/logAxis.ts";
import { isDrawable } from "../curves.ts";
import { element, onThemeChange, themed } from "./element.ts";

/** The curves of one quantity, in training and in validation. */
export interface ChartOptions {
  /** The id of the element that the chart fills. */
  readonly id: string;
  /** Logarithmic: a loss that falls from 2 to 0.02 shows as much at the end as at the beginning. */
  readonly isLogarithmic: boolean;
  readonly format: (value: number) => string;
}

/** The last tick may be at the end of the axis, with half of its label beyond it. */
const roomForLabel: uPlot.PaddingSide = ({ scales }) =>
  6 + 4 * Math.round(scales.x.max ?? 0).toLocaleString("en").length;

/** Values of a curve; null is a missing value for the charting library. */
type Column = (number | null)[];

/** A chart that fills its element, in the colours of the page. */
export class Chart {
  readonly #options: ChartOptions;
  readonly #place: HTMLElement;
  #plot: uPlot | undefined;
  #data: uPlot.AlignedData = [[], [], []];
  #isDue = false;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.#place = element(options.id, HTMLDivElement);
    new ResizeObserver(() => this.#resize()).observe(this.#place);
    onThemeChange(() => this.#make());
  }

  /** Draws in the next frame. A hidden page does not have frames, and draws when it is visible again. */
  show(
    epochs: readonly number[],
    training: readonly (number | undefined)[],
    validation: readonly (number | undefined)[],
  ): void {
    const { isLogarithmic } = this.#options;
    const column = (values: readonly (number | undefined)[]): Column =>
      values.map((value) => (isDrawable(value, isLogarithmic) ? value : null));
    this.#data = [[...epochs], column(training), column(validation)];
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      if (this.#plot) this.#plot.setData(this.#data);
      else this.#make();
    });
  }

  /** The text for screen readers; the values are in the caption. */
  describe(text: string): void {
    this.#place.setAttribute("aria-label", text);
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width === 0) return;
    if (this.#plot) this.#plot.setSize({ width, height });
    else this.#make();
  }

  #make(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width === 0) return;
    this.#plot?.destroy();
    const { isLogarithmic, format } = this.#options;
    const font = "12px system-ui, sans-serif";
    const axis: uPlot.Axis = {
      stroke: themed("--quiet"),
      font,
      grid: { stroke: themed("--line"), width: 1 },
      ticks: { stroke: themed("--line"), width: 1, size: 4 },
    };
    const curve = (name: string, dash?: number[]): uPlot.Series => ({
      stroke: themed(name),
      width: 2,
      spanGaps: true,
      // A line needs two points, so a few points are also drawn as dots.
      points: { show: (plot) => plot.data[0].length < 30, size: 6, fill: themed(name) },
      ...(dash ? { dash } : {}),
    });
    const y: uPlot.Scale = isLogarithmic
      ? { distr: 3, range: (_, low, high) => logRange(low, high) }
      : { range: (_, low) => [Math.max(0, Math.min(low ?? 0, 0.9)), 1] };
    this.#plot = new uPlot(
      {
        width,
        height,
        scales: { x: { time: false, range: (_, low, high) => [low ?? 0, Math.max(high ?? 1, 1)] }, y },
        legend: { show: false },
        cursor: { show: false },
        padding: [8, roomForLabel, 0, 0],
        axes: [
          { ...axis, size: 26, gap: 2, label: "epochs", labelSize: 18, labelGap: 0, labelFont: font },
          {
            ...axis,
            size: 54,
            gap: 4,
            ...(isLogarithmic ? logAxis : {}),
            values: (_, values) => values.map((value) => (value === null ? "" : format(value))),
          },
        ],
        series: [{}, curve("--train"), curve("--validation", [6, 4])],
      },
      this.#data,
      this.#place,
    );
  }
}
