import {
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseTimeDecay,
  linearWarmUp,
  oneCycle,
  piecewiseConstant,
  polynomialDecay,
  reduceOnPlateau,
  type Schedule,
} from "../../src/index.ts";

/** The steps that the chart shows; an epoch of the plateau has 20 steps. */
const steps = 400;
const initial = 1;

interface Panel {
  readonly title: string;
  /** The lines, each with a label that distinguishes it. */
  readonly lines: readonly (readonly [label: string, rate: Schedule])[];
}

/** A plateau schedule whose loss falls, stalls, falls again and stalls, one epoch after the other. */
const plateau = (): Schedule => {
  const rate = reduceOnPlateau({ schedule: initial, factor: 0.5, patience: 3 });
  const losses = [9, 7, 6, 5.5, 5.5, 5.5, 5.5, 4, 3.5, 3.2, 3.2, 3.2, 3.2, 3.2, 3.2, 3.2, 3.1, 3.1, 3.1, 3.1];
  const rates = losses.map((loss) => [rate(0), rate.observe(loss)][0] as number);
  return (step) => rates[Math.min(Math.floor(step / 20), rates.length - 1)];
};

const panels: readonly Panel[] = [
  {
    title: "exponentialDecay",
    lines: [
      ["", exponentialDecay({ initial, decaySteps: 100, decayRate: 0.5 })],
      ["staircase", exponentialDecay({ initial, decaySteps: 100, decayRate: 0.5, staircase: true })],
    ],
  },
  {
    title: "inverseTimeDecay",
    lines: [
      ["", inverseTimeDecay({ initial, decaySteps: 100, decayRate: 1 })],
      ["staircase", inverseTimeDecay({ initial, decaySteps: 100, decayRate: 1, staircase: true })],
    ],
  },
  {
    title: "polynomialDecay",
    lines: [
      ["power 2", polynomialDecay({ initial, decaySteps: 300, end: 0.1, power: 2 })],
      ["power 1, cycle", polynomialDecay({ initial, decaySteps: 150, end: 0.1, cycle: true })],
    ],
  },
  {
    title: "piecewiseConstant",
    lines: [["", piecewiseConstant({ boundaries: [100, 200, 300], values: [1, 0.6, 0.3, 0.1] })]],
  },
  {
    title: "cosineDecay",
    lines: [
      ["", cosineDecay({ initial, decaySteps: 300 })],
      ["alpha 0.2", cosineDecay({ initial, decaySteps: 300, alpha: 0.2 })],
    ],
  },
  {
    title: "cosineDecayRestarts",
    lines: [
      ["peakFactor 0.8", cosineDecayRestarts({ initial, firstDecaySteps: 60, periodFactor: 2, peakFactor: 0.8 })],
    ],
  },
  {
    title: "oneCycle",
    lines: [
      ["cosine", oneCycle({ max: 1, totalSteps: 360 })],
      ["linear, threePhase", oneCycle({ max: 1, totalSteps: 360, anneal: "linear", threePhase: true })],
    ],
  },
  {
    title: "linearWarmUp",
    lines: [
      ["of cosineDecay", linearWarmUp({ steps: 80, schedule: cosineDecay({ initial, decaySteps: 300 }) })],
      ["startFactor 0.25", linearWarmUp({ steps: 160, schedule: 0.3, startFactor: 0.25 })],
    ],
  },
  { title: "reduceOnPlateau", lines: [["an epoch is 20 steps", plateau()]] },
];

const [columns, width, height] = [3, 260, 170];
const [left, top, plotWidth, plotHeight] = [34, 40, 210, 96];
const colours = ["#1f6feb", "#d1570b"];

const x = (step: number): string => (left + (step / steps) * plotWidth).toFixed(1);
const y = (rate: number): string => (top + (1 - rate) * plotHeight).toFixed(1);
const text = (at: readonly [x: number | string, y: number | string], content: string, more = ""): string =>
  `<text x="${at[0]}" y="${at[1]}"${more}>${content}</text>`;

const panelText = ({ title, lines }: Panel, index: number): string => {
  const [column, row] = [index % columns, Math.floor(index / columns)];
  const grid = [0, 0.5, 1].map(
    (rate) =>
      `<path d="M${x(0)} ${y(rate)}H${x(steps)}" stroke="#d0d7de"/>` +
      text([left - 5, Number(y(rate)) + 3.5], String(rate), ' text-anchor="end" fill="#59636e"'),
  );
  const marks = [0, 200, 400].map((step) =>
    text([x(step), top + plotHeight + 14], String(step), ' text-anchor="middle" fill="#59636e"'),
  );
  const drawn = lines.map(([, rate], line) => {
    const heights = Array.from({ length: steps }, (_, step) => y(rate(step)));
    // A level line only needs its ends.
    const points = heights.flatMap((at, step) =>
      at === heights[step - 1] && at === heights[step + 1] ? [] : [`${x(step)} ${at}`],
    );
    const dashes = line === 1 ? ' stroke-dasharray="5 3"' : "";
    return `<path d="M${points.join("L")}" fill="none" stroke="${colours[line]}" stroke-width="1.8"${dashes}/>`;
  });
  const legend = lines.map(([label], line) =>
    label === ""
      ? ""
      : text([left + plotWidth, top + 12 + 13 * line], label, ` text-anchor="end" fill="${colours[line]}"`),
  );
  return [
    `<g transform="translate(${column * width} ${row * height})">`,
    text([left, top - 14], title, ' font-size="13" font-weight="600" fill="#1f2328"'),
    ...grid,
    ...marks,
    ...drawn,
    ...legend.filter((label) => label !== ""),
    "</g>",
  ].join("\n");
};

/** The rate over the steps, for each schedule. */
export const drawSchedules = (): string => {
  const [totalWidth, totalHeight] = [columns * width, Math.ceil(panels.length / columns) * height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${totalWidth} ${totalHeight}" width="${totalWidth}" height="${totalHeight}"`,
    ' font-family="system-ui, sans-serif" font-size="10.5" role="img" aria-label="The learning rate over 400 steps, for each schedule">',
    "<!-- Drawn by docs/pictures/main.ts. -->",
    `<rect width="${totalWidth}" height="${totalHeight}" fill="#ffffff"/>`,
    ...panels.map(panelText),
    "</svg>",
    "",
  ].join("\n");
};
