import { bindOne } from "../tensor/bind.ts";
import { isFloat, type TypedArray } from "../tensor/dtype.ts";
import { DTypeError } from "../tensor/errors.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { find } from "../wasm/indices.ts";
import { strided } from "../wasm/strided.ts";
import { edgeSizes, type SampleCase, type Samples, samples } from "./sample.ts";

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
    run: ({ inputs, inputTypes, outputs: [found], ints, link }) => {
      const { nonFinite, locate } = link(find);
      // The start value of the flag, then address and size of each input.
      const table = [0];
      for (let index = 0; index < inputs.length; index++) table.push(inputs[index], sizeOf(inputTypes[index].shape));
      const address = ints(table);
      link(strided).fill(found, address, 1);
      for (let index = 1; index < table.length; index += 2) nonFinite(table[index], table[index + 1], found);
      locate(address + 4, inputs.length, found);
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

export const firstNonFiniteSamples: Samples = /* @__PURE__ */ samples(() => {
  const ones = (size: number): number[] => new Array<number>(size).fill(1);
  const caseOf = (...inputs: readonly (readonly number[])[]): SampleCase<void> => ({
    inputs: inputs.map((values) => ({ shape: [values.length], values })),
    attributes: undefined,
  });
  return {
    primitive: firstNonFinitePrimitive,
    cases: [
      ...edgeSizes.map((size) => ({ inputs: [{ shape: [size], low: -1e38, high: 1e38 }], attributes: undefined })),
      ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((bad) =>
        [0, 3, 4, 15, 16, 18].map((at) => caseOf(new Array<number>(19).fill(-3e38).with(at, bad))),
      ),
      // The kernel looks at 32 elements at once, then at 4, then at one after the other.
      ...[0, 31, 32, 63, 64, 69].map((at) => caseOf(ones(70).with(at, Number.NaN))),
      // Of several finds the first; an input of no elements in between.
      caseOf(ones(3), ones(40), [], ones(5)),
      caseOf(ones(3), ones(40).with(39, Number.NaN), [], ones(5).with(0, Number.NaN)),
      caseOf(ones(3), [], ones(5).with(4, Number.POSITIVE_INFINITY)),
      { inputs: [{ shape: [2, 2], values: [1, Number.NaN, 2, Number.NaN] }], attributes: undefined },
      { inputs: [{ shape: [], values: [Number.NaN] }], attributes: undefined },
    ],
    refused: [
      {
        inputs: [{ shape: [3] }, { shape: [3], dtype: "int32", values: [1, 2, 3] }],
        attributes: undefined,
        error: "DTypeError: firstNonFinite: operands must all be float, got int32. Convert with toFloat(...).",
      },
    ],
    nonFinite: false,
    differentiable: false,
  };
});
