import { elu, grad, leakyRelu, relu, sigmoid, sum, type Tensor, tanh, tensor } from "../../src/index.ts";
import { charts, colours, type Line } from "./chart.ts";

/** Five activations, and their derivatives as gradus computes them. */

const functions: readonly (readonly [name: string, colour: string, f: (x: Tensor) => Tensor])[] = [
  ["elu", colours.orange, (x) => elu(x)],
  ["leakyRelu (slope 0.1)", colours.green, (x) => leakyRelu(x, { slope: 0.1 })],
  ["relu", colours.blue, (x) => relu(x)],
  ["tanh", colours.purple, (x) => tanh(x)],
  ["sigmoid", colours.grey, (x) => sigmoid(x)],
];

export const drawActivations = (): string => {
  const values = Array.from({ length: 161 }, (_, index) => (index - 80) / 20);
  const pairs = (results: Tensor): [number, number][] => Array.from(results.data, (y, index) => [values[index], y]);
  const lines = functions.map(([label, colour, f]): Line => ({ label, colour, points: pairs(f(tensor(values))) }));
  const slopes = functions.map(
    ([, colour, f]): Line => ({ label: "", colour, points: pairs(grad((x: Tensor) => sum(f(x)))(tensor(values))) }),
  );
  const x = { label: "x", from: -4, to: 4, ticks: [-4, -2, 0, 2, 4] };
  return charts(
    "Five activation functions and their derivatives",
    [
      { title: "The function", x, y: { label: "y", from: -1.5, to: 4, ticks: [-1, 0, 1, 2, 3, 4] }, lines },
      {
        title: "Its derivative",
        x,
        y: { label: "dy/dx", from: -0.1, to: 1.1, ticks: [0, 0.25, 0.5, 0.75, 1] },
        lines: slopes,
      },
    ],
    400,
    190,
  );
};
