import { cumsumPrimitive } from "../../src/ops/reduce/cumsum.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { edgeSizes, refusesIntegers, type Samples } from "./support/sample.ts";

const shapes: readonly (readonly [Shape, number])[] = [
  ...edgeSizes.map((size): [Shape, number] => [[size], 0]),
  [[3, 5], 1],
  [[5, 4], 0],
  [[2, 3, 4], 1],
  [[2, 4, 5], 1],
  [[0, 3], 1],
  [[3, 0], 0],
];

export const cumsumSamples: Samples<{ readonly axis: number; readonly reverse: boolean }> = {
  primitive: cumsumPrimitive,
  cases: shapes.flatMap(([shape, axis]) =>
    [false, true].map((reverse) => ({ inputs: [{ shape }], attributes: { axis, reverse } })),
  ),
  refused: [refusesIntegers("cumsum", 1, { axis: 0, reverse: false })],
};
