import { ShapeError } from "../../base/errors.ts";
import { checkOptions, joinRules, number, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import type { Primitive, VjpContext } from "../../tensor/interpret/primitive.ts";
import { formatShape, normalizeAxes, outerLengthInner } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { extremes } from "../../wasm/rows/reduceKernel.ts";
import { div, mul, sub } from "../elementwise/arithmetic.ts";
import { equal } from "../elementwise/compare.ts";
import { square } from "../elementwise/powers.ts";
import { spreadBack, sum, sumPrimitive } from "../shape/broadcast.ts";
import {
  type ReduceAttributes,
  type ReduceOptions,
  type Reduction,
  reduceAxes,
  reduceOptions,
  reducePrimitive,
  reduceRun,
} from "../shape/reduction.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { toFloat } from "../support/toFloat.ts";

/** A reduction that has no result for an empty axis. */
const extremePrimitive = (definition: Reduction): Primitive<ReduceAttributes> => {
  const primitive = reducePrimitive(definition, extremes, extremeVjp);
  const infer: typeof primitive.infer = ([x], attributes) => {
    const types = primitive.infer([x], attributes);
    if (outerLengthInner(x.axes, attributes.axis, attributes.count).length === 0) {
      throw new ShapeError(
        `${definition.name}: the reduced axes must not be empty, got shape ${formatShape(x.axes)}. Check for an empty batch first.`,
      );
    }
    return types;
  };
  return { ...primitive, infer };
};

/** Elements equal to the extreme share its gradient in equal parts, as in TensorFlow. */
const extremeVjp = ({
  inputs: [x],
  outputs: [y],
  attributes,
  dy,
}: VjpContext<ReduceAttributes>): readonly (() => Tensor)[] => [
  () => {
    const chosen = toFloat(equal(x, spreadBack(y, x.axes, attributes)), { dtype: x.dtype as "float32" });
    const share = div(dy, reduceRun(sumPrimitive, chosen, attributes));
    return mul(chosen, spreadBack(share, x.axes, attributes));
  },
];

/** y = max x. NaN wins. */
export const maxPrimitive: Primitive<ReduceAttributes> = /* @__PURE__ */ extremePrimitive({
  name: "max",
  combine: Math.max,
  start: -Infinity,
});

/** y = min x. NaN wins. */
export const minPrimitive: Primitive<ReduceAttributes> = /* @__PURE__ */ extremePrimitive({
  name: "min",
  combine: Math.min,
  start: Infinity,
});

/**
 * The largest element along axes; NaN if there is one. Equal elements share the gradient.
 * @throws ShapeError when a reduced axis is empty.
 * @example
 * max(tensor([[1, 2], [4, 3]]), { axis: 1 }).toArray(); // [2, 4]
 */
export const max = (x: Operand, options: ReduceOptions = noOptions): Tensor => reduceAxes(maxPrimitive, x, options);

/**
 * The smallest element along axes; NaN if there is one. Equal elements share the gradient.
 * @throws ShapeError when a reduced axis is empty.
 * @example
 * min(tensor([[1, 2], [4, 3]]), { axis: 1, keepDims: true }).toArray(); // [[1], [3]]
 */
export const min = (x: Operand, options: ReduceOptions = noOptions): Tensor => reduceAxes(minPrimitive, x, options);

/**
 * The mean of the elements along axes; NaN for an empty axis.
 * @example
 * mean(tensor([[1, 2], [3, 6]])).item(); // 3
 */
export const mean = (x: Operand, options: ReduceOptions = noOptions): Tensor => {
  checkOptions("mean", options, reduceOptions);
  const values = floatOperand("mean", x);
  return div(sum(values, options), countOf("mean", values, options));
};

/** Options of `variance`. */
export interface VarianceOptions extends ReduceOptions {
  /** Is subtracted from the number of elements that the sum is divided by: 1 for a sample (Bessel). Default: 0. */
  readonly correction?: number;
}

const varianceOptions: OptionRules<VarianceOptions> = /* @__PURE__ */ joinRules(reduceOptions, {
  correction: /* @__PURE__ */ number({ from: 0 }),
});

/**
 * The variance along axes, Σ (x − mean(x))² / (n − correction); biased by default. NaN where the divisor is not above 0.
 * @example
 * variance(tensor([[1, 3], [2, 2]]), { axis: 1 }).toArray(); // [1, 0]
 * variance(tensor([1, 3]), { correction: 1 }).item(); // 2
 */
export const variance = (x: Operand, options: VarianceOptions = noOptions): Tensor => {
  checkOptions("variance", options, varianceOptions);
  const { axis, keepDims, correction = 0 } = options;
  const values = floatOperand("variance", x);
  const squares = square(sub(values, mean(values, { axis, keepDims: true })));
  const count = countOf("variance", values, { axis }) - correction;
  return div(sum(squares, { axis, keepDims }), count > 0 ? count : Number.NaN);
};

const countOf = (operation: string, x: Tensor, { axis }: ReduceOptions): number =>
  normalizeAxes(operation, axis, x.axes).reduce((count, index) => count * x.axes[index], 1);
