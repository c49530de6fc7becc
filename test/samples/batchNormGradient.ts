import { batchNormGradientPrimitive } from "../../src/ops/network/batchNormGradient.ts";
import { batchNormPrimitive } from "../../src/ops/network/batchNormTraining.ts";
import type { BatchNormAttributes } from "../../src/ops/network/perChannel.ts";
import { bind } from "../../src/tensor/interpret/bind.ts";
import { zeros } from "../../src/tensor/tensor.ts";
import { channelInput, channelShapes } from "./support/perChannel.ts";
import type { SampleCase, Samples } from "./support/sample.ts";

export const batchNormGradientSamples: Samples<BatchNormAttributes> = {
  primitive: batchNormGradientPrimitive,
  // The statistics are functions of x, not inputs to be varied on their own.
  apply: ([dy, x, gamma], attributes) => {
    const [, mean, variance] = bind(
      batchNormPrimitive,
      [x, gamma, zeros(gamma.shape, { dtype: gamma.dtype })],
      attributes,
    );
    return bind(batchNormGradientPrimitive, [dy, x, gamma, mean, variance], attributes);
  },
  cases: channelShapes.map(
    ([shape, axis]): SampleCase<BatchNormAttributes> => ({
      inputs: [{ shape }, { shape, low: -2, high: 2 }, channelInput(shape, axis, 0.5, 2)],
      attributes: { axis, epsilon: 1e-3 },
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [2, 4] }, { shape: [2, 3] }, { shape: [3] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error: "ShapeError: batchNormGradient: dy must have the shape of x, got [2, 4] and [2, 3]. Broadcast it first.",
    },
    {
      inputs: [{ shape: [2, 3], dtype: "int32" }, { shape: [2, 3] }, { shape: [3] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error:
        "DTypeError: batchNormGradient: operands must all be float32, or all float64, got int32, float32, float32, float32, float32. Convert with toFloat(...).",
    },
  ],
  tolerance: 1e-4,
};
