import { DTypeError } from "../../base/errors.ts";
import { isFloat, type TypedArray } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { decide } from "../../tensor/interpret/hostWork.ts";
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
 * The place of the first element that is NaN or has a magnitude from `limit`, in row-major order: which input, and the
 * position in it, as int32 [2]; [−1, −1] without such an element. There is no derivative: the output is whole numbers.
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
  reference: ({ inputs, outputs: [place], attributes }) => search(inputs, attributes.limit, place),
  simd: {
    kernel: "find.nonFinite",
    run: ({ inputs, inputTypes, outputs: [place], attributes, floats, ints, link }) => {
      const { nonFinite, locate } = link(find);
      // The start value of the flag, then address and size of each input.
      const table = [0];
      for (let index = 0; index < inputs.length; index++) table.push(inputs[index], sizeOf(inputTypes[index].axes));
      const address = ints(table);
      const limit = floats(attributes.limit);
      link(strided).fill(place, address, 1);
      for (let index = 1; index < table.length; index += 2) nonFinite(table[index], table[index + 1], place, limit);
      locate(address + 4, inputs.length, place, limit);
    },
  },
};

const search = (inputs: readonly TypedArray[], limit: number, place: TypedArray): void => {
  place.fill(-1);
  for (let which = 0; which < inputs.length; which++) {
    const position = inputs[which].findIndex((value) => !(Math.abs(value) < limit));
    if (position < 0) continue;
    place.set([which, position]);
    return;
  }
};

/** The place of an element among several tensors. */
export interface Place {
  /** Which tensor. */
  readonly index: number;
  /** Which element of it, in row-major order. */
  readonly position: number;
}

/** The place of the first element that is NaN or infinite; undefined without one. */
export const firstNonFinite = (tensors: readonly Tensor[]): Place | undefined => {
  const { storage } = bindOne(firstNonFinitePrimitive, tensors, { limit: Number.POSITIVE_INFINITY });
  return decide(() => {
    const [index, position] = storage.elements();
    return index < 0 ? undefined : { index, position };
  });
};

/** Whether all elements are below `limit` in magnitude, and none is NaN. */
export const areBelow = (tensors: readonly Tensor[], limit: number): boolean => {
  const { storage } = bindOne(firstNonFinitePrimitive, tensors, { limit });
  return decide(() => storage.elements()[0] < 0);
};
