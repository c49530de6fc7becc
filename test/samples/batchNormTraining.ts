import { batchNormPrimitive } from "../../src/ops/network/batchNormTraining.ts";
import type { BatchNormAttributes } from "../../src/ops/network/perChannel.ts";
import { channelInput, channelShapes } from "./support/perChannel.ts";
import type { SampleCase, Samples } from "./support/sample.ts";

const mixed = "operands must all be float32, or all float64, got float32, float32, int32. Convert with toFloat(...).";

export const batchNormSamples: Samples<BatchNormAttributes> = {
  primitive: batchNormPrimitive,
  cases: channelShapes.map(
    ([shape, axis]): SampleCase<BatchNormAttributes> => ({
      inputs: [{ shape, low: -2, high: 2 }, channelInput(shape, axis, 0.5, 2), channelInput(shape, axis)],
      attributes: { axis, epsilon: 1e-3 },
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [0, 3] }, { shape: [3] }, { shape: [3] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error: "ShapeError: batchNorm: a batch must have at least one example, got x=[0, 3]. Leave out empty batches.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [4] }, { shape: [3] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error:
        "ShapeError: batchNorm: statistics and parameters must have one number per channel (axis 1), got [4] for x=[2, 3]. Choose the axis of the channels.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3] }, { shape: [3], dtype: "int32" }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error: `DTypeError: batchNorm: ${mixed}`,
    },
  ],
  tolerance: 1e-5,
};
