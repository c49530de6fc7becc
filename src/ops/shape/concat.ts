import { DTypeError, ShapeError } from "../../base/errors.ts";
import { anything, checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, normalizeAxis, sameShape, stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor, kindOf } from "../support/checkTensor.ts";
import { withShape } from "../support/operands.ts";
import { copyWalk, copyWalkSimd, rowMajor } from "../support/strided.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

/** y = the inputs one after another along an axis. */
export const concatPrimitive: Primitive<{ readonly axis: number }> = {
  name: "concat",
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    for (const input of inputs) {
      if (input.dtype !== first.dtype || input.scale !== first.scale) {
        throw new DTypeError(
          `concat: tensors must have one dtype, got ${inputs.map(({ dtype }) => dtype).join(", ")}. Convert with toFloat(...).`,
        );
      }
      if (
        input.axes.length !== first.axes.length ||
        input.axes.some((length, index) => index !== axis && length !== first.axes[index])
      ) {
        throw new ShapeError(
          `concat: shapes must agree on every axis but axis ${axis}, got ${inputs.map(({ axes: shape }) => formatShape(shape)).join(", ")}. ` +
            "Reshape or slice them first.",
        );
      }
    }
    const joined = inputs.reduce((length, { axes: shape }) => length + shape[axis], 0);
    return [
      withShape(
        first,
        first.axes.map((length, index) => (index === axis ? joined : length)),
      ),
    ];
  },
  reference: ({ inputs, outputs: [y], inputTypes, outputTypes, attributes: { axis } }) => {
    const strides = stridesOf(outputTypes[0].shape);
    let start = 0;
    inputs.forEach((x, index) => {
      const { axes: shape } = inputTypes[index];
      copyWalk(x, rowMajor(shape), y, { start, strides }, shape);
      start += strides[axis] * shape[axis];
    });
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const strides = stridesOf(call.outputTypes[0].shape);
      let start = 0;
      call.inputTypes.forEach(({ axes: shape }, index) => {
        copyWalkSimd(call, index, rowMajor(shape), { start, strides }, shape);
        start += strides[call.attributes.axis] * shape[call.attributes.axis];
      });
    },
  },
  vjp: ({ inputs, attributes: { axis }, dy }) => {
    let from = 0;
    return inputs.map(({ axes: shape }) => {
      const begin = shape.map((_, index) => (index === axis ? from : 0));
      from += shape[axis];
      return () => slice(dy, begin, shape);
    });
  },
};

/** The axis is checked with the shape. */
const rules: OptionRules<{ readonly axis?: number }> = { axis: anything };

/** Throws unless the list holds one tensor or more, and only tensors. */
const checkTensors = (operation: string, tensors: readonly Tensor[]): void => {
  if (!Array.isArray(tensors)) {
    throw new DTypeError(
      `${operation}: tensors must be an array of tensors, got ${kindOf(tensors)}. Pass ${operation}([a, b]).`,
    );
  }
  if (tensors.length === 0) {
    throw new ShapeError(
      `${operation}: there must be at least one tensor, got none. Pass the tensors to ${operation}.`,
    );
  }
  for (const tensor of tensors) checkTensor(operation, tensor, "each");
};

/**
 * Tensors one after another along an axis.
 * @throws ShapeError when another axis differs, or the list is empty; DTypeError for mixed dtypes, or something that is not a tensor.
 * @example
 * concat([tensor([1, 2]), tensor([3])]).toArray(); // [1, 2, 3]
 */
export const concat = (tensors: readonly Tensor[], options: { readonly axis?: number } = noOptions): Tensor => {
  checkOptions("concat", options, rules);
  const { axis = 0 } = options;
  checkTensors("concat", tensors);
  // The tape keeps the list, and the array is the caller's.
  return bindOne(concatPrimitive, [...tensors], { axis: normalizeAxis("concat", axis, tensors[0].axes) });
};

/**
 * Tensors of one shape as slices of a new axis.
 * @throws ShapeError when shapes differ, or the list is empty; DTypeError as `concat` does.
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])]).toArray(); // [[1, 2], [3, 4]]
 */
export const stack = (tensors: readonly Tensor[], options: { readonly axis?: number } = noOptions): Tensor => {
  checkOptions("stack", options, rules);
  const { axis = 0 } = options;
  checkTensors("stack", tensors);
  const { axes: shape } = tensors[0];
  for (const tensor of tensors) {
    if (!sameShape(tensor.axes, shape)) {
      throw new ShapeError(
        `stack: shapes must be equal, got ${tensors.map((tensor) => formatShape(tensor.axes)).join(", ")}. Reshape or slice them first.`,
      );
    }
  }
  const at = normalizeAxis("stack", axis, [...shape, 1]);
  const raised = [...shape.slice(0, at), 1, ...shape.slice(at)];
  return concat(
    tensors.map((tensor) => reshape(tensor, raised)),
    { axis: at },
  );
};
