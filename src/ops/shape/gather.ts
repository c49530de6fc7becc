import { ValueError } from "../../base/errors.ts";
import { anything, checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { normalizeAxis, outerLengthInner, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { gather as gatherKernel } from "../../wasm/movement/gatherKernel.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { requireDType, sameFloat, withShape } from "../support/operands.ts";

/**
 * Checks that every index lies in [0, size). Kernels trust indices, so this runs before them on every backend.
 * @throws ValueError with position, value and range of the first index outside.
 */
export const checkIndices = (
  operation: string,
  what: string,
  indices: TypedArray,
  size: number,
  sizeName: string = "the number of classes",
): void => {
  for (let position = 0; position < indices.length; position++) {
    const index = indices[position];
    if (index < 0 || index >= size) {
      throw new ValueError(
        `${operation}: ${what} must lie from 0 to ${size - 1}, got ${index} at position ${position}. Correct it, or ${sizeName}.`,
      );
    }
  }
};

/** y[.., i, ..] = x[.., indices[i], ..] along an axis. */
export const gatherPrimitive: Primitive<{ readonly axis: number }> = {
  name: "gather",
  infer: ([x, indices], { axis }) => {
    requireDType("gather", "indices", indices, "int32");
    const shape = [...x.axes.slice(0, axis), ...indices.axes, ...x.axes.slice(axis + 1)];
    return [withShape(x, shape)];
  },
  check: ([, indices], [x], { axis }) => checkIndices("gather", "an index", indices, x.axes[axis]),
  reference: ({ inputs: [x, indices], outputs: [y], inputTypes, attributes: { axis } }) => {
    const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, axis);
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < indices.length; j++) {
        const from = (i * length + indices[j]) * inner;
        const to = (i * indices.length + j) * inner;
        for (let p = 0; p < inner; p++) y[to + p] = x[from + p];
      }
    }
  },
  simd: {
    kernel: "gather",
    run: ({ inputs, outputs, inputTypes, attributes: { axis }, link }) => {
      const [x, indices] = inputTypes;
      const { outer, length, inner } = outerLengthInner(x.axes, axis);
      const count = sizeOf(indices.axes);
      const rowBytes = inner * (x.dtype === "bool" || x.dtype === "uint8" ? 1 : 4);
      for (let i = 0; i < outer; i++) {
        link(gatherKernel).gatherRows(
          inputs[0] + i * length * rowBytes,
          inputs[1],
          outputs[0] + i * count * rowBytes,
          count,
          rowBytes,
        );
      }
    },
  },
  vjp: ({ inputs: [x, indices], attributes: { axis }, dy }) => [
    () => bindOne(scatterAddPrimitive, [dy, indices], { axis, shape: x.axes }),
    undefined,
  ],
};

/** y = zeros of `shape`, and y[.., indices[i], ..] += x[.., i, ..]: the derivative of gather. Added in ascending order of i. */
export const scatterAddPrimitive: Primitive<{ readonly axis: number; readonly shape: Shape }> = {
  name: "scatterAdd",
  infer: ([x, indices], { shape }) => {
    requireDType("scatterAdd", "indices", indices, "int32");
    return [{ shape, dtype: sameFloat("scatterAdd", [x]) }];
  },
  check: ([, indices], _, { axis, shape }) => checkIndices("scatterAdd", "an index", indices, shape[axis]),
  reference: ({ inputs: [x, indices], outputs: [y], attributes: { axis, shape } }) => {
    const { outer, length, inner } = outerLengthInner(shape, axis);
    const sums = new Float64Array(y.length);
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < indices.length; j++) {
        const from = (i * indices.length + j) * inner;
        const to = (i * length + indices[j]) * inner;
        for (let p = 0; p < inner; p++) sums[to + p] += x[from + p];
      }
    }
    y.set(sums);
  },
  simd: {
    kernel: "gather",
    run: (call) => {
      const { axis, shape } = call.attributes;
      const { outer, length, inner } = outerLengthInner(shape, axis);
      const count = sizeOf(call.inputTypes[1].axes);
      const { scatterAddRows } = call.link(gatherKernel);
      for (let i = 0; i < outer; i++) {
        const [from, to] = [call.inputs[0] + i * count * inner * 4, call.outputs[0] + i * length * inner * 4];
        scatterAddRows(from, call.inputs[1], to, count, inner, length);
      }
    },
  },
  vjp: ({ inputs: [, indices], attributes: { axis }, dy }) => [() => gather(dy, indices, { axis }), undefined],
};

/** The axis is checked with the shape. */
const rules: OptionRules<{ readonly axis?: number }> = { axis: anything };

/**
 * Slices of x along an axis, chosen by index.
 * @param indices int32, any shape; it takes the place of the axis.
 * @throws ValueError for an index out of range; DTypeError when the indices are not int32.
 * @example
 * gather(tensor([10, 20, 30]), tensor([2, 0], { dtype: "int32" })).toArray(); // [30, 10]
 */
export const gather = (x: Tensor, indices: Tensor, options: { readonly axis?: number } = noOptions): Tensor => {
  checkOptions("gather", options, rules);
  checkTensor("gather", x);
  return bindOne(gatherPrimitive, [x, indices], { axis: normalizeAxis("gather", options.axis ?? 0, x.axes) });
};
