import { bindOne } from "../tensor/bind.ts";
import { isFloat, type TypedArray } from "../tensor/dtype.ts";
import { DTypeError } from "../tensor/errors.ts";
import { heap } from "../tensor/heap.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { find } from "../wasm/indices.ts";

/**
 * Where the first element is, in row-major order, that is NaN or infinite, among all inputs: which input, and the position
 * in it, as int32 [2]; [−1, −1] when there is none. It has no derivative: its output is whole numbers.
 */
export const firstNonFinitePrimitive: Primitive = {
  name: "firstNonFinite",
  infer: (inputs) => {
    for (const { dtype } of inputs) {
      if (isFloat(dtype)) continue;
      throw new DTypeError(`firstNonFinite: operands must all be float, got ${dtype}. Convert with toFloat(...).`);
    }
    return [{ shape: [2], dtype: "int32" }];
  },
  reference: ({ inputs, outputs: [found] }) => search(inputs, found),
  simd: {
    kernel: "find.nonFinite",
    run: ({ inputs, inputTypes, outputs: [found], link }) => {
      const { i32, f32 } = heap();
      const { nonFinite } = link(find);
      i32[found / 4] = 0;
      const sizes = inputTypes.map(({ shape }) => sizeOf(shape));
      for (let which = 0; which < inputs.length; which++) nonFinite(inputs[which], sizes[which], found);
      const place = i32.subarray(found / 4, found / 4 + 2);
      // Where it is matters only where training stops.
      if (place[0] === 0) place.fill(-1);
      else {
        search(
          inputs.map((address, which) => f32.subarray(address / 4, address / 4 + sizes[which])),
          place,
        );
      }
    },
  },
};

const search = (inputs: readonly TypedArray[], found: TypedArray): void => {
  found.fill(-1);
  for (let which = 0; which < inputs.length; which++) {
    const position = inputs[which].findIndex((value) => !Number.isFinite(value));
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

/** Where the first element of several tensors is that is NaN or infinite; undefined when all are finite. */
export const firstNonFinite = (tensors: readonly Tensor[]): Place | undefined => {
  const [index, position] = bindOne(firstNonFinitePrimitive, tensors, undefined).storage.view();
  return index < 0 ? undefined : { index, position };
};
