import {
  type AffineTransformAttributes,
  affineTransformGradientPrimitive,
  affineTransformPrimitive,
} from "../../src/ops/image/affineTransform.ts";
import { bind } from "../../src/tensor/interpret/bind.ts";
import type { Primitive } from "../../src/tensor/interpret/primitive.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import type { SampleCase, Samples } from "./support/sample.ts";

/**
 * A turn that makes the image smaller, so that all its borders are passed, and far; a shear; a shift by half a pixel. Both
 * precisions hold these numbers exactly, and so find the same nearest pixels.
 */
const transforms = [
  [1.875, -0.8125, -1.3125, 0.6875, 2.125, -2.1875],
  [1, 0.3125, 0.4375, 0, -1, 2],
  [1, 0, -0.5, 0, 1, 0.5],
];

const attributesOf = (
  fillMode: AffineTransformAttributes["fillMode"],
  interpolation: AffineTransformAttributes["interpolation"] = "bilinear",
  fillValue = 0,
): AffineTransformAttributes => ({ fillMode, interpolation, fillValue });

const cases: readonly (readonly [Shape, AffineTransformAttributes])[] = [
  [[3, 4, 5, 1], attributesOf("constant", "bilinear", 0.7)],
  [[3, 5, 4, 1], attributesOf("nearest")],
  [[3, 4, 3, 1], attributesOf("reflect")],
  [[2, 3, 3, 3], attributesOf("constant")],
  [[2, 3, 2, 4], attributesOf("reflect")],
  [[1, 3, 3, 5], attributesOf("constant", "bilinear", -0.3)],
  [[1, 2, 3, 17], attributesOf("nearest")],
  [[3, 5, 5, 2], attributesOf("constant", "nearest", 0.4)],
  [[2, 4, 4, 1], attributesOf("reflect", "nearest")],
  [[2, 1, 1, 1], attributesOf("nearest", "nearest")],
  [[1, 1, 4, 1], attributesOf("reflect")],
  [[0, 3, 3, 1], attributesOf("reflect")],
  [[2, 0, 3, 1], attributesOf("constant")],
  [[2, 3, 0, 2], attributesOf("nearest")],
  [[2, 3, 2, 0], attributesOf("constant")],
];

/** The transforms do not have a derivative, so they are a function of the images' shape in all cases. */
const samplesOf = (primitive: Primitive<AffineTransformAttributes>): Samples<AffineTransformAttributes> => ({
  primitive,
  cases: cases.map(
    ([shape, attributes]): SampleCase<AffineTransformAttributes> => ({ inputs: [{ shape }], attributes }),
  ),
  apply: ([images, ...others], attributes) => {
    if (others.length > 0) return bind(primitive, [images, ...others], attributes);
    const rows = images.shape[0];
    const values = transforms.slice(0, rows).flat();
    return bind(primitive, [images, tensor(values, { shape: [rows, 6], dtype: images.dtype })], attributes);
  },
  refused: [
    {
      inputs: [{ shape: [2, 3, 3] }, { shape: [2, 6] }],
      attributes: attributesOf("constant"),
      error:
        `ShapeError: ${primitive.name}: images must be [rows, height, width, channels] and transforms [rows, 6], ` +
        "got [2, 3, 3] and [2, 6]. Reshape the images; gray ones have one channel.",
    },
    {
      inputs: [{ shape: [2, 3, 3, 1] }, { shape: [1, 6] }],
      attributes: attributesOf("constant"),
      error:
        `ShapeError: ${primitive.name}: images must be [rows, height, width, channels] and transforms [rows, 6], ` +
        "got [2, 3, 3, 1] and [1, 6]. Give each image its six numbers.",
    },
    {
      inputs: [{ shape: [2, 3, 3, 1] }, { shape: [2, 6], dtype: "int32" }],
      attributes: attributesOf("constant"),
      error: `DTypeError: ${primitive.name}: operands must all be float32, or all float64, got float32, int32. Convert with toFloat(...).`,
    },
  ],
});

export const affineTransformSamples: Samples<AffineTransformAttributes> = samplesOf(affineTransformPrimitive);

export const affineTransformGradientSamples: Samples<AffineTransformAttributes> = samplesOf(
  affineTransformGradientPrimitive,
);
