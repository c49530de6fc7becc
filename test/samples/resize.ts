import { type ResampleAttributes, type ResizeMethod, resamplePrimitive } from "../../src/ops/image/resize.ts";
import { refusesIntegers, type Samples } from "./support/sample.ts";

const cases: readonly (readonly [shape: readonly number[], axis: number, to: number, method: ResizeMethod])[] = [
  [[2, 3, 4, 1], 1, 5, "bilinear"],
  [[2, 3, 4, 1], 2, 7, "bilinear"],
  [[1, 5, 2, 3], 1, 3, "area"],
  [[2, 7, 2, 4], 1, 3, "area"],
  [[4, 6, 1], 1, 4, "area"],
  [[3, 2, 17], 0, 5, "area"],
  [[3, 5, 2], 1, 2, "nearest"],
  [[2, 2, 15], 0, 5, "nearest"],
  [[1, 1, 1, 1], 2, 4, "bilinear"],
  [[4, 4, 1], 0, 1, "bilinear"],
  [[0, 3, 2, 1], 1, 2, "area"],
];

export const resampleSamples: Samples<ResampleAttributes> = {
  primitive: resamplePrimitive,
  cases: cases.flatMap(([shape, axis, to, method]) => {
    const attributes = { axis, from: shape[axis], to, method };
    return [
      { inputs: [{ shape }], attributes: { ...attributes, transposed: false } },
      { inputs: [{ shape: shape.with(axis, to) }], attributes: { ...attributes, transposed: true } },
    ];
  }),
  refused: [
    refusesIntegers("resample", 1, { axis: 0, from: 2, to: 3, method: "area", transposed: false }),
    {
      inputs: [{ shape: [2, 3, 1] }],
      attributes: { axis: 1, from: 4, to: 2, method: "area", transposed: false },
      error: "ShapeError: resample: axis 1 must have the length 4, got [2, 3, 1]. Correct the attributes.",
    },
  ],
};
