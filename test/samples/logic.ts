import { logicalAndPrimitive, logicalNotPrimitive, logicalOrPrimitive } from "../../src/ops/elementwise/logic.ts";
import type { Primitive } from "../../src/tensor/interpret/primitive.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { edgeSizes, type SampleInput, type Samples } from "./support/sample.ts";

/** Around a vector of bytes too. */
const shapes: readonly Shape[] = [...edgeSizes.map((size) => [size]), [31], [33], [], [2, 3, 4]];

const bits = (shape: Shape): SampleInput => ({ shape, dtype: "bool", low: 0, high: 2 });

const samplesOf = (primitive: Primitive, count: number): Samples => ({
  primitive,
  cases: shapes.map((shape) => ({ inputs: Array.from({ length: count }, () => bits(shape)), attributes: undefined })),
  refused: [
    {
      inputs: Array.from({ length: count }, () => ({ shape: [2] })),
      attributes: undefined,
      error: `DTypeError: ${primitive.name}: an operand must have dtype bool, got float32. Compare first: notEqual(x, 0), for example.`,
    },
    ...(count === 2
      ? [
          {
            inputs: [bits([2]), bits([3])],
            attributes: undefined,
            error: `ShapeError: ${primitive.name}: operands must have one shape, got [2], [3]. Broadcast them first.`,
          },
        ]
      : []),
  ],
  differentiable: false,
});

export const logicalAndSamples: Samples = samplesOf(logicalAndPrimitive, 2);
export const logicalOrSamples: Samples = samplesOf(logicalOrPrimitive, 2);
export const logicalNotSamples: Samples = samplesOf(logicalNotPrimitive, 1);
