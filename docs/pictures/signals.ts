import {
  Activation,
  BatchNorm,
  Dense,
  glorotUniform,
  grad,
  heNormal,
  type Initializer,
  type Layer,
  loadDigits,
  mean,
  normal,
  Sequential,
  softmaxCrossEntropy,
  sqrt,
  square,
  sum,
  type Tensor,
  take,
  variance,
} from "../../src/index.ts";
import { charts, colours, type Line } from "./chart.ts";

/** A picture of the strength of the signal in ten hidden layers before the first step, forwards and backwards. */

const depth = 10;
const units = 100;

interface Start {
  readonly label: string;
  readonly colour: string;
  readonly kernel: Initializer;
  readonly activation: "relu" | "sigmoid";
  readonly norm?: boolean;
  readonly dashed?: boolean;
}

const starts: readonly Start[] = [
  { label: "sigmoid, Glorot", colour: colours.purple, kernel: glorotUniform, activation: "sigmoid" },
  { label: "ReLU, deviation 0.05", colour: colours.blue, kernel: normal({ stddev: 0.05 }), activation: "relu" },
  { label: "ReLU, deviation 0.5", colour: colours.red, kernel: normal({ stddev: 0.5 }), activation: "relu" },
  { label: "ReLU, He", colour: colours.green, kernel: heNormal, activation: "relu" },
  {
    label: "ReLU, deviation 0.5, batch norm",
    colour: colours.orange,
    kernel: normal({ stddev: 0.5 }),
    activation: "relu",
    norm: true,
    dashed: true,
  },
];

/** How much the examples differ: the standard deviation over the rows, averaged over the units. */
const spread = (value: Tensor): number => mean(sqrt(variance(value, { axis: 0 }))).item();

const buildModel = ({ kernel, activation, norm }: Start): Sequential => {
  const layers: Layer[] = [];
  for (let index = 1; index <= depth; index++) {
    layers.push(new Dense({ name: `hidden${index}`, units, kernelInitializer: kernel }));
    if (norm) layers.push(new BatchNorm({ name: `bn${index}` }));
    layers.push(new Activation(activation, { name: `out${index}` }));
  }
  layers.push(new Dense({ name: "outputs", units: 10 }));
  return new Sequential({ inputShape: [64], layers, seed: 1 });
};

export const drawSignals = async (): Promise<string> => {
  const { x, y } = take((await loadDigits()).train, { to: 200 });
  const up: Line[] = [];
  const down: Line[] = [];
  for (const start of starts) {
    const { label, colour, dashed } = start;
    const { layers } = buildModel(start);
    const outputs: [number, number][] = [];
    const norms: [number, number][] = [];
    let value = x;
    for (const [index, layer] of layers.entries()) {
      value = layer.call(value, { training: true });
      if (!(layer instanceof Activation)) continue;
      const rest = layers.slice(index + 1);
      const slope = grad((h: Tensor) =>
        softmaxCrossEntropy(
          rest.reduce((input, layer) => layer.call(input, { training: true }), h),
          y,
        ),
      )(value);
      outputs.push([outputs.length + 1, spread(value)]);
      norms.push([norms.length + 1, sqrt(sum(square(slope))).item()]);
    }
    up.push({ label, colour, points: outputs, dots: true, dashed });
    down.push({ label: "", colour, points: norms, dots: true, dashed });
  }
  const layer = { label: "hidden layer", from: 0.7, to: 10.3, ticks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };
  const powers = (low: number, high: number, step: number): [number, string][] => {
    const ticks: [number, string][] = [];
    for (let power = low; power <= high; power += step) ticks.push([10 ** power, power === 0 ? "1" : `1e${power}`]);
    return ticks;
  };
  return charts(
    "Deviation of the outputs and norm of the gradients in ten layers, for five ways to begin",
    [
      {
        title: "Forward: the outputs of each layer",
        x: layer,
        y: { label: "standard deviation", from: 1e-8, to: 1e8, ticks: powers(-8, 8, 4), logarithmic: true },
        lines: up,
      },
      {
        title: "Backward: the gradient that reaches it",
        x: layer,
        y: { label: "norm", from: 1e-8, to: 1e8, ticks: powers(-8, 8, 4), logarithmic: true },
        lines: down,
      },
    ],
    400,
    230,
  );
};
