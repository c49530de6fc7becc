import { batchNormInferencePrimitive } from "../../src/ops/network/batchNormInference.ts";
import type { BatchNormAttributes } from "../../src/ops/network/perChannel.ts";
import { channelInput, channelShapes } from "./support/perChannel.ts";
import type { SampleCase, Samples } from "./support/sample.ts";

export const batchNormInferenceSamples: Samples<BatchNormAttributes> = {
  primitive: batchNormInferencePrimitive,
  cases: [...channelShapes, [[0, 3], 1] as const].map(
    ([shape, axis]): SampleCase<BatchNormAttributes> => ({
      inputs: [
        { shape, low: -2, high: 2 },
        channelInput(shape, axis),
        channelInput(shape, axis, 0.5, 2),
        channelInput(shape, axis, 0.5, 2),
        channelInput(shape, axis),
      ],
      attributes: { axis, epsilon: 1e-3 },
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [3] }, { shape: [3] }, { shape: [3] }, { shape: [2] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error:
        "ShapeError: batchNormInference: statistics and parameters must have one number per channel (axis 1), got [2] for x=[2, 3]. Choose the axis of the channels.",
    },
    {
      inputs: [{ shape: [2, 3], dtype: "int32" }, { shape: [3] }, { shape: [3] }, { shape: [3] }, { shape: [3] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error:
        "DTypeError: batchNormInference: operands must all be float32, or all float64, got int32, float32, float32, float32, float32. Convert with toFloat(...).",
    },
  ],
  tolerance: 1e-5,
};
