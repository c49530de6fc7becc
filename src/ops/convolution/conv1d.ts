import { ShapeError } from "../../base/errors.ts";
import { checkOptions, joinRules, type OptionRule, type OptionRules, whole } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshape } from "../shape/reshape.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { type BiasOption, biasRules, convolve } from "./conv2d.ts";
import { checkSequences, groupsRule, type Margins, sequencePadding, spanOf, type Window } from "./geometry.ts";

/** Options of `conv1d`. */
export interface Conv1dOptions extends BiasOption {
  /** Steps from position to position of the kernel. Default: 1. */
  readonly strides?: number;
  /**
   * Zeros around the sequences: "valid" for none, "same" as for images, "causal" for zeros before the first element only, so that an output
   * sees nothing that comes later, or [before, after]. Default: "valid".
   */
  readonly padding?: "valid" | "same" | "causal" | Margins;
  /** Distance between the elements that neighbours in the kernel are applied to. Default: 1. */
  readonly dilation?: number;
  /** Channels and filters are cut into this number of groups. Default: 1. */
  readonly groups?: number;
}

/** A padding of sequences for a kernel. @internal */
export const kernelPadding: OptionRule = {
  words: '"valid", "same", "causal", or [before, after] of whole numbers from 0',
  holds: (value) => value === "causal" || sequencePadding.holds(value),
};

const rules: OptionRules<Conv1dOptions> = /* @__PURE__ */ joinRules(biasRules, {
  strides: /* @__PURE__ */ whole({ from: 1 }),
  padding: kernelPadding,
  dilation: /* @__PURE__ */ whole({ from: 1 }),
  groups: groupsRule,
});

/**
 * The convolution of sequences with a kernel: y[i, u, f] = Σ x[i, u·s + b·d − before, c]·kernel[b, c, f], over b and c, with stride s
 * and dilation d. The padding counts as zeros of x.
 * @param x Sequences, [rows, length, channels].
 * @param kernel [size, channels / groups, filters], as TensorFlow stores it.
 * @returns [rows, positions, filters].
 * @throws ShapeError where the shapes do not fit each other or the groups, or the kernel does not fit into the padded sequences;
 * DTypeError for mixed dtypes; ValueError for options out of range.
 * @example
 * const sequence = reshape(tensor([1, 2, 3, 4]), [1, 4, 1]);
 * const kernel = reshape(tensor([1, 10]), [2, 1, 1]);
 * conv1d(sequence, kernel).data; // [21, 32, 43]
 * conv1d(sequence, kernel, { padding: "causal" }).data; // [10, 21, 32, 43]
 */
export const conv1d = (x: Operand, kernel: Operand, options: Conv1dOptions = noOptions): Tensor => {
  checkOptions("conv1d", options, rules);
  const [sequences, weights] = [floatOperand("conv1d", x), floatOperand("conv1d", kernel)];
  const { strides = 1, dilation = 1, padding = "valid", groups = 1, bias } = options;
  const margins = padding === "causal" ? ([spanOf(weights.axes[0], dilation) - 1, 0] as const) : padding;
  const window: Window = {
    strides: [1, strides],
    dilation: [1, dilation],
    padding:
      typeof margins === "string"
        ? margins
        : [
            [0, 0],
            [margins[0], margins[1]],
          ],
    groups,
  };
  checkSequences("conv1d", sequences.axes, weights.axes, window);
  const [rows, length, channels] = sequences.axes;
  const filters = weights.axes[2];
  if (bias && (bias.rank !== 1 || bias.size !== filters)) {
    throw new ShapeError(
      `conv1d: the bias must have a number for each filter, got bias=${formatShape(bias.axes)}, kernel=${formatShape(weights.axes)}. ` +
        "Reshape it, or check which kernel it belongs to.",
    );
  }
  // Sequences are images of height 1.
  const y = convolve(
    reshape(sequences, [rows, 1, length, channels]),
    reshape(weights, [1, ...weights.axes]),
    bias,
    window,
  );
  return reshape(y, [rows, y.axes[2], filters]);
};
