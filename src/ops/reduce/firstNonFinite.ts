import { DTypeError } from "../../base/errors.ts";
import { isFloat, type TypedArray } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { strided } from "../../wasm/movement/stridedKernel.ts";
import { find } from "../../wasm/rows/nonFiniteKernel.ts";

/** Attributes of `firstNonFinite`. */
interface LimitAttributes {
  /** The least magnitude that counts; above all finite numbers, infinity. */
  readonly limit: number;
}

/**
 * Where the first element is, in row-major order, that is NaN or has a magnitude from `limit`, among all inputs: which
 * input, and the position in it, as int32 [2]; [−1, −1] when there is none. It has no derivative: its output is whole numbers.
 */
export const firstNonFinitePrimitive: Primitive<LimitAttributes> = {
  name: "firstNonFinite",
  infer: (inputs) => {
    for (const { dtype } of inputs) {
      if (isFloat(dtype)) continue;
      throw new DTypeError(`firstNonFinite: operands must all be float, got ${dtype}. Convert with toFloat(...).`);
    }
    return [{ shape: [2], dtype: "int32" }];
  },
  reference: ({ inputs, outputs: [found], attributes }) => search(inputs, attributes.limit, found),
  simd: {
    kernel: "find.nonFinite",
    run: ({ inputs, inputTypes, outputs: [found], attributes, floats, ints, link }) => {
      const { nonFinite, locate } = link(find);
      // The start value of the flag, then address and size of each input.
      const table = [0];
      for (let index = 0; index < inputs.length; index++) table.push(inputs[index], sizeOf(inputTypes[index].shape));
      const address = ints(table);
      const limit = floats(attributes.limit);
      link(strided).fill(found, address, 1);
      for (let index = 1; index < table.length; index += 2) nonFinite(table[index], table[index + 1], found, limit);
      locate(address + 4, inputs.length, found, limit);
    },
  },
};

const search = (inputs: readonly TypedArray[], limit: number, found: TypedArray): void => {
  found.fill(-1);
  for (let which = 0; which < inputs.length; which++) {
    const position = inputs[which].findIndex((value) => !(Math.abs(value) < limit));
    if (position < 0) continue;
    found.set([which, position]);
    return;
  }
};

/** Where an element is among several tensors. */
export interface Place {
  /** Which tensor. */
  readonly index: number;
  /** Which element of it, in row-major order. */
  readonly position: number;
}

/**
 * Where the first element of several tensors is that is NaN or has a magnitude from `limit`; undefined when there is none.
 * Default of the limit: infinity.
 */
export const firstNonFinite = (
  tensors: readonly Tensor[],
  limit: number = Number.POSITIVE_INFINITY,
): Place | undefined => {
  const [index, position] = bindOne(firstNonFinitePrimitive, tensors, { limit }).storage.view();
  return index < 0 ? undefined : { index, position };
};
