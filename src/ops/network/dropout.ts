import { ShapeError } from "../../base/errors.ts";
import { checkOptions, joinRules, number, type OptionRules, required } from "../../base/options.ts";
import { bind } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { drawState, type RandomOptions } from "../../tensor/random.ts";
import { bernoulliMask } from "../../tensor/randomKernels.ts";
import { formatShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dropoutKernel } from "../../wasm/randomKernel.ts";
import { mul } from "../elementwise/arithmetic.ts";
import { randomOptions } from "../random/distributions.ts";
import { floatOperand, type Operand, requireDType, sameFloat } from "../support/operands.ts";

export interface Attributes {
  readonly keepProbability: number;
}

/**
 * y = x·m with m = 1/p where a random number is below p, else 0; outputs y and m. The numbers are a function of the
 * generator's state, int32 [4]. The mask is an output for the derivative: reading it takes less time than drawing it again.
 */
export const dropoutPrimitive: Primitive<Attributes> = {
  name: "dropout",
  infer: ([x, state]) => {
    const dtype = sameFloat("dropout", [x]);
    requireDType("dropout", "the state", state, "int32");
    if (state.axes.length !== 1 || state.axes[0] !== 4) {
      throw new ShapeError(
        `dropout: the state must be [4] (key and counter), got ${formatShape(state.axes)}. Draw it from a Random.`,
      );
    }
    const type = { shape: x.axes, dtype };
    return [type, type];
  },
  reference: ({ inputs: [x, state], outputs: [y, mask], attributes: { keepProbability } }) => {
    bernoulliMask(state as Int32Array, keepProbability, 1 / keepProbability, mask as Float32Array);
    for (let index = 0; index < x.length; index++) y[index] = x[index] * mask[index];
  },
  simd: {
    kernel: "random.dropout",
    run: ({ inputs: [x, state], outputs: [y, mask], inputTypes, attributes: { keepProbability }, floats, link }) => {
      const numbers = floats(keepProbability, 1 / keepProbability);
      link(dropoutKernel).run(state, numbers, numbers + 4, x, y, mask, sizeOf(inputTypes[0].axes), 0);
    },
  },
  vjp: ({ outputs: [, mask], dy }) => [() => mul(dy, mask)],
};

/** Options of `dropout`. */
export interface DropoutOptions extends RandomOptions {
  /** The probability that an element becomes 0, in [0, 1). */
  readonly rate: number;
}

const rules: OptionRules<DropoutOptions> = /* @__PURE__ */ joinRules(
  { rate: /* @__PURE__ */ required(/* @__PURE__ */ number({ from: 0, below: 1 })) },
  randomOptions,
);

/**
 * x with each element set to 0 with probability `rate`, the others divided by 1 − rate, so that the expected value stays the same
 * (Srivastava et al. 2014; "inverted" as in TensorFlow).
 * @throws ValueError when the rate is not in [0, 1); DTypeError when x is not a float.
 * @example
 * dropout(ones([4]), { rate: 0.5, seed: 1 }); // zeros and twos
 */
export const dropout = (x: Operand, options: DropoutOptions): Tensor => {
  checkOptions("dropout", options, rules);
  const { rate } = options;
  const value = floatOperand("dropout", x);
  if (rate === 0) return value;
  const state = drawState(options, value.size);
  return bind(dropoutPrimitive, [value, state], { keepProbability: 1 - rate })[0];
};
