import { bindOne } from "../tensor/bind.ts";
import type { DType } from "../tensor/dtype.ts";
import { ShapeError } from "../tensor/errors.ts";
import { checkFlag } from "../tensor/optionChecks.ts";
import { checkOptions, noOptions } from "../tensor/options.ts";
import type { Primitive, ReferenceCall, SimdCall, VjpContext } from "../tensor/primitive.ts";
import { aroundAxes, formatShape, normalizeAxes, type Shape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Kernel } from "../wasm/kernel.ts";
import { extremes, reduce as reduceKernel } from "../wasm/reduce.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { equal } from "./compare.ts";
import { toFloat } from "./convert.ts";
import { floatOperand, type Operand, sameFloat } from "./operands.ts";
import { square } from "./power.ts";
import { broadcastTo, reshape } from "./reshape.ts";
import { transpose } from "./transpose.ts";

/** Options of the reductions. */
export interface ReduceOptions {
  /** The axis or axes to reduce; negative ones count from the end. Default: all. */
  readonly axis?: number | readonly number[];
  /** Whether reduced axes stay, with length 1. Default: false. */
  readonly keepDims?: boolean;
}

/** A run of neighbouring axes, which the reduction removes. */
export interface Attributes {
  readonly axis: number;
  readonly count: number;
}

const without = (shape: Shape, { axis, count }: Attributes): Shape => [
  ...shape.slice(0, axis),
  ...shape.slice(axis + count),
];

const kept = (shape: Shape, { axis, count }: Attributes): Shape =>
  shape.map((length, index) => (index >= axis && index < axis + count ? 1 : length));

interface Definition {
  readonly name: "sum" | "max" | "min";
  /** How a further element enters the result. */
  readonly combine: (result: number, element: number) => number;
  /** The result before the first element. */
  readonly start: number;
}

type Kernels = Kernel<"sum" | "max" | "min">;
type Vjp = NonNullable<Primitive<Attributes>["vjp"]>;

const reducePrimitive = ({ name, combine, start }: Definition, kernel: Kernels, vjp: Vjp): Primitive<Attributes> => ({
  name,
  infer: ([x], attributes) => {
    const dtype: DType = sameFloat(name, [x]);
    return [{ shape: without(x.shape, attributes), dtype }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes }: ReferenceCall<Attributes>) => {
    const { outer, length, inner } = aroundAxes(inputTypes[0].shape, attributes.axis, attributes.count);
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) {
        let result = start;
        for (let p = 0; p < length; p++) result = combine(result, x[(i * length + p) * inner + j]);
        y[i * inner + j] = result;
      }
    }
  },
  simd: {
    kernel: `reduce.${name}`,
    run: ({ inputs, outputs, inputTypes, attributes, link }: SimdCall<Attributes>) => {
      const { outer, length, inner } = aroundAxes(inputTypes[0].shape, attributes.axis, attributes.count);
      link(kernel)[name](inputs[0], outputs[0], outer, length, inner, inner);
    },
  },
  vjp,
});

/** The gradient of a reduction spread back over what was reduced. */
const spreadBack = (gradient: Tensor, shape: Shape, attributes: Attributes): Tensor =>
  broadcastTo(reshape(gradient, kept(shape, attributes)), shape);

/** y = Σ x; of nothing, 0. */
export const sumPrimitive: Primitive<Attributes> = /* @__PURE__ */ reducePrimitive(
  { name: "sum", combine: (result, element) => result + element, start: 0 },
  reduceKernel,
  ({ inputs: [x], attributes, dy }) => [() => spreadBack(dy, x.shape, attributes)],
);

/** A reduction that nothing has no result of. */
const extremePrimitive = (definition: Definition): Primitive<Attributes> => {
  const primitive = reducePrimitive(definition, extremes, extremeVjp);
  const infer: typeof primitive.infer = ([x], attributes) => {
    const types = primitive.infer([x], attributes);
    if (aroundAxes(x.shape, attributes.axis, attributes.count).length === 0) {
      throw new ShapeError(
        `${definition.name}: there must be something to reduce, got shape ${formatShape(x.shape)}. Check for an empty batch first.`,
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
}: VjpContext<Attributes>): readonly (() => Tensor)[] => [
  () => {
    const chosen = toFloat(equal(x, spreadBack(y, x.shape, attributes)), { dtype: x.dtype as "float32" });
    const share = div(dy, reduceRun(sumPrimitive, chosen, attributes));
    return mul(chosen, spreadBack(share, x.shape, attributes));
  },
];

/** y = max x. NaN wins. */
export const maxPrimitive: Primitive<Attributes> = /* @__PURE__ */ extremePrimitive({
  name: "max",
  combine: Math.max,
  start: -Infinity,
});

/** y = min x. NaN wins. */
export const minPrimitive: Primitive<Attributes> = /* @__PURE__ */ extremePrimitive({
  name: "min",
  combine: Math.min,
  start: Infinity,
});

/** The names of ReduceOptions. @internal */
export const reduceOptions: readonly string[] = ["axis", "keepDims"];

const reduceRun = (primitive: Primitive<Attributes>, x: Tensor, attributes: Attributes): Tensor =>
  bindOne(primitive, [x], attributes);

/** Brings the axes to be reduced together, reduces them as one run, and gives the result its shape. */
const reduceAxes = (primitive: Primitive<Attributes>, operand: Operand, options: ReduceOptions): Tensor => {
  checkOptions(primitive.name, options, reduceOptions);
  const x = floatOperand(primitive.name, operand);
  const axes = normalizeAxes(primitive.name, options.axis, x.shape);
  const result = axes.length === 0 ? x : reduceRun(primitive, ...together(x, axes));
  return checkFlag(primitive.name, "keepDims", options.keepDims ?? false)
    ? reshape(result, keptShape(x.shape, axes))
    : result;
};

/** A shape whose reduced axes stay, with length 1. @internal */
export const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((length, axis) => (axes.includes(axis) ? 1 : length));

const together = (x: Tensor, axes: readonly number[]): [Tensor, Attributes] => {
  const [first, last] = [axes[0], axes[axes.length - 1]];
  if (last - first + 1 === axes.length) return [x, { axis: first, count: axes.length }];
  const rest = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return [transpose(x, [...rest, ...axes]), { axis: rest.length, count: axes.length }];
};

/**
 * The sum of the elements along axes; of nothing, 0.
 * @throws ShapeError for an axis that does not exist; DTypeError when x is no float; ValueError for a `keepDims` that is
 * neither true nor false.
 * @example
 * sum(tensor([[1, 2], [3, 4]]), { axis: 0 }).toArray(); // [4, 6]
 */
export const sum = (x: Operand, options: ReduceOptions = noOptions): Tensor => reduceAxes(sumPrimitive, x, options);

/**
 * The largest element along axes; NaN if there is one. Equal elements share the gradient.
 * @throws ShapeError for nothing.
 * @example
 * max(tensor([[1, 2], [4, 3]]), { axis: 1 }).toArray(); // [2, 4]
 */
export const max = (x: Operand, options: ReduceOptions = noOptions): Tensor => reduceAxes(maxPrimitive, x, options);

/**
 * The smallest element along axes; NaN if there is one. Equal elements share the gradient.
 * @throws ShapeError for nothing.
 * @example
 * min(tensor([[1, 2], [4, 3]]), { axis: 1, keepDims: true }).toArray(); // [[1], [3]]
 */
export const min = (x: Operand, options: ReduceOptions = noOptions): Tensor => reduceAxes(minPrimitive, x, options);

/**
 * The mean of the elements along axes; of nothing, NaN.
 * @example
 * mean(tensor([[1, 2], [3, 6]])).item(); // 3
 */
export const mean = (x: Operand, options: ReduceOptions = noOptions): Tensor => {
  checkOptions("mean", options, reduceOptions);
  const values = floatOperand("mean", x);
  return div(sum(values, options), countOf("mean", values, options));
};

/**
 * The biased variance, mean((x − mean(x))²), along axes.
 * @example
 * variance(tensor([[1, 3], [2, 2]]), { axis: 1 }).toArray(); // [1, 0]
 */
export const variance = (x: Operand, options: ReduceOptions = noOptions): Tensor => {
  checkOptions("variance", options, reduceOptions);
  const values = floatOperand("variance", x);
  const centre = mean(values, { ...options, keepDims: true });
  return mean(square(sub(values, centre)), options);
};

const countOf = (operation: string, x: Tensor, { axis }: ReduceOptions): number =>
  normalizeAxes(operation, axis, x.shape).reduce((count, one) => count * x.shape[one], 1);

/** Undoes a broadcast: sums over every axis along which `shape` was repeated. @internal */
export const sumTo = (x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.shape, shape)) return x;
  const offset = x.shape.length - shape.length;
  const axes = x.shape.flatMap((length, axis) =>
    axis < offset || (shape[axis - offset] === 1 && length !== 1) ? [axis] : [],
  );
  return reshape(sum(x, { axis: axes }), shape);
};
