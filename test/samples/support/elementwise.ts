import type { Shape } from "../../../src/tensor/shape.ts";
import { edgeSizes, type SampleCase, type SampleInput } from "./sample.ts";

/** Sample cases of a one-input operation at the edge sizes, with values in a range. */
export const unaryCases = <Attributes>(
  attributes: Attributes,
  input: Omit<SampleInput, "shape">,
): SampleCase<Attributes>[] =>
  [...edgeSizes.map((size) => [size]), [], [2, 3], [3, 0, 2], [2, 3, 4, 1, 2, 1]].map((shape) => ({
    inputs: [{ ...input, shape }],
    attributes,
  }));

/** Sample cases of a two-input operation: every way in which shapes broadcast, at the edge sizes. */
export const binaryCases = <Attributes>(
  attributes: Attributes,
  a: Omit<SampleInput, "shape">,
  b: Omit<SampleInput, "shape">,
): SampleCase<Attributes>[] => {
  const pairs: [Shape, Shape][] = [
    ...edgeSizes.map((size): [Shape, Shape] => [[size], [size]]),
    [[], []],
    [[17], []],
    [[], [5]],
    [[3, 5], [5]],
    [[17], [3, 17]],
    [
      [3, 5],
      [3, 1],
    ],
    [
      [4, 1],
      [4, 9],
    ],
    [
      [3, 1],
      [1, 5],
    ],
    [
      [2, 1, 3],
      [4, 1],
    ],
    [
      [2, 3, 4, 5],
      [3, 1, 1],
    ],
    [[0, 3], [3]],
    [
      [1, 2, 1, 3, 1, 2],
      [2, 1, 2, 1, 2, 1],
    ],
  ];
  return pairs.map(([left, right]) => ({
    inputs: [
      { ...a, shape: left },
      { ...b, shape: right },
    ],
    attributes,
  }));
};
