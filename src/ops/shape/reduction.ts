import { anything, checkOptions, flag, type OptionRules } from "../../base/options.ts";
import type { DType } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive, ReferenceCall, SimdCall } from "../../tensor/interpret/primitive.ts";
import { normalizeAxes, outerLengthInner, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Kernel } from "../../wasm/assembler/kernel.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { reshape } from "./reshape.ts";
import { transpose } from "./transpose.ts";

/** Options of the reductions. */
export interface ReduceOptions {
  /** The axis or axes to reduce; negative ones count from the end. Default: all. */
  readonly axis?: number | readonly number[];
  /** Whether reduced axes stay, with length 1. Default: false. */
  readonly keepDims?: boolean;
}

/** The neighbouring axes that the reduction removes. */
export interface ReduceAttributes {
  readonly axis: number;
  readonly count: number;
}

const without = (shape: Shape, { axis, count }: ReduceAttributes): Shape => [
  ...shape.slice(0, axis),
  ...shape.slice(axis + count),
];

/** A shape whose run of reduced axes stays, with length 1. */
export const keptRun = (shape: Shape, { axis, count }: ReduceAttributes): Shape =>
  shape.map((length, index) => (index >= axis && index < axis + count ? 1 : length));

/** The definition of a reduction. */
export interface Reduction {
  readonly name: "sum" | "max" | "min";
  /** The result with one more element. */
  readonly combine: (result: number, element: number) => number;
  /** The result before the first element. */
  readonly start: number;
}

type Kernels = Kernel<"sum" | "max" | "min">;
type Vjp = NonNullable<Primitive<ReduceAttributes>["vjp"]>;

/** A primitive that reduces a run of axes. */
export const reducePrimitive = (
  { name, combine, start }: Reduction,
  kernel: Kernels,
  vjp: Vjp,
): Primitive<ReduceAttributes> => ({
  name,
  infer: ([x], attributes) => {
    const dtype: DType = sameFloat(name, [x]);
    return [{ shape: without(x.axes, attributes), dtype }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes }: ReferenceCall<ReduceAttributes>) => {
    const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, attributes.axis, attributes.count);
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
    run: ({ inputs, outputs, inputTypes, attributes, link }: SimdCall<ReduceAttributes>) => {
      const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, attributes.axis, attributes.count);
      link(kernel)[name](inputs[0], outputs[0], outer, length, inner, inner);
    },
  },
  vjp,
});

/** The rules of ReduceOptions; axes are checked with the shape. @internal */
export const reduceOptions: OptionRules<ReduceOptions> = { axis: anything, keepDims: flag };

/** Reduces a run of axes. */
export const reduceRun = (primitive: Primitive<ReduceAttributes>, x: Tensor, attributes: ReduceAttributes): Tensor =>
  bindOne(primitive, [x], attributes);

/** Moves the reduced axes beside each other, and reduces them as one run. */
export const reduceAxes = (
  primitive: Primitive<ReduceAttributes>,
  operand: Operand,
  options: ReduceOptions,
): Tensor => {
  checkOptions(primitive.name, options, reduceOptions);
  const x = floatOperand(primitive.name, operand);
  const axes = normalizeAxes(primitive.name, options.axis, x.axes);
  const result = axes.length === 0 ? x : reduceRun(primitive, ...together(x, axes));
  return options.keepDims ? reshape(result, keptShape(x.axes, axes)) : result;
};

/** A shape whose reduced axes stay, with length 1. @internal */
export const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((length, axis) => (axes.includes(axis) ? 1 : length));

const together = (x: Tensor, axes: readonly number[]): [Tensor, ReduceAttributes] => {
  const [first, last] = [axes[0], axes[axes.length - 1]];
  if (last - first + 1 === axes.length) return [x, { axis: first, count: axes.length }];
  const rest = x.axes.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return [transpose(x, [...rest, ...axes]), { axis: rest.length, count: axes.length }];
};
