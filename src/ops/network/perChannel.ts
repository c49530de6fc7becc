import { ShapeError } from "../../base/errors.ts";
import { anything, checkOptions, number, type OptionRules } from "../../base/options.ts";
import type { OperandType, TypedArray } from "../../tensor/dtype.ts";
import { formatShape, normalizeAxis, outerLengthInner, type Shape } from "../../tensor/shape.ts";
import { ones, type Tensor, zeros } from "../../tensor/tensor.ts";
import { reshape } from "../shape/reshape.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { floatOperand, type Operand } from "../support/operands.ts";

export interface BatchNormAttributes {
  /** The axis of the channels. */
  readonly axis: number;
  readonly epsilon: number;
}

/** Options of batch normalization. */
export interface BatchNormOptions {
  /** The axis of the channels. Default: the last. */
  readonly axis?: number;
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
}

const rules: OptionRules<BatchNormOptions> = { axis: anything, epsilon: /* @__PURE__ */ number({ from: 0 }) };

/** The operands of batch normalization, with defaults for gamma and beta, and with an axis that counts from 0. */
export const channelOperands = (
  name: string,
  x: Operand,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  options: BatchNormOptions,
): { value: Tensor; gamma: Tensor; beta: Tensor; attributes: BatchNormAttributes } => {
  checkOptions(name, options, rules);
  const { axis = -1, epsilon = 1e-3 } = options;
  const value = floatOperand(name, x);
  const at = normalizeAxis(name, axis, value.axes);
  const channels = [value.axes[at]];
  const { dtype } = value;
  return {
    value,
    gamma: gamma === undefined ? ones(channels, { dtype }) : checkTensor(name, gamma, "gamma"),
    beta: beta === undefined ? zeros(channels, { dtype }) : checkTensor(name, beta, "beta"),
    attributes: { axis: at, epsilon },
  };
};

/** A tensor seen as [outer, channels, inner]. */
export const planOf = (shape: Shape, axis: number): [outer: number, channels: number, inner: number] => {
  const { outer, length, inner } = outerLengthInner(shape, axis);
  return [outer, length, inner];
};

/** Checks that statistics and parameters have one number per channel. */
export const checkChannels = (name: string, x: OperandType, parameters: readonly OperandType[], axis: number): void => {
  for (const { axes: shape } of parameters) {
    if (shape.length !== 1 || shape[0] !== x.axes[axis]) {
      throw new ShapeError(
        `${name}: statistics and parameters must have one number per channel (axis ${axis}), got ${formatShape(shape)} for ` +
          `x=${formatShape(x.axes)}. Choose the axis of the channels.`,
      );
    }
  }
};

/** Visits all elements of a channel. */
export const forChannel = (
  [outer, channels, inner]: readonly [number, number, number],
  channel: number,
  visit: (index: number) => void,
): void => {
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) visit((i * channels + channel) * inner + j);
  }
};

/** Mean and biased variance of a channel, in double. */
export const momentsOf = (
  x: TypedArray,
  plan: readonly [number, number, number],
  channel: number,
): { mean: number; variance: number } => {
  const count = plan[0] * plan[2];
  let total = 0;
  forChannel(plan, channel, (index) => {
    total += x[index];
  });
  const mean = total / count;
  let squares = 0;
  forChannel(plan, channel, (index) => {
    squares += (x[index] - mean) ** 2;
  });
  return { mean, variance: squares / count };
};

/** One number per channel, shaped so that it broadcasts over x. */
export const alongChannels =
  (shape: Shape, axis: number): ((values: Tensor) => Tensor) =>
  (values) =>
    reshape(
      values,
      shape.map((length, index) => (index === axis ? length : 1)),
    );
