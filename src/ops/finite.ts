import { bindOne } from "../tensor/bind.ts";
import { isFloat } from "../tensor/dtype.ts";
import { DTypeError } from "../tensor/errors.ts";
import { heap } from "../tensor/heap.ts";
import type { Primitive, SimdCall } from "../tensor/primitive.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leastLight } from "../wasm/division.ts";
import { find } from "../wasm/indices.ts";
import { type Divided, isDivided, runsOf } from "./runs.ts";
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
  reference: ({ inputs, outputs: [found] }) => {
    found.fill(-1);
    for (let which = 0; which < inputs.length; which++) {
      const x = inputs[which];
      for (let position = 0; position < x.length; position++) {
        if (Number.isFinite(x[position])) continue;
        found.set([which, position]);
        return;
      }
    }
  },
  simd: {
    kernel: "find.firstNonFinite",
    run: (call) => {
      const { inputs, inputTypes } = call;
      const runs = runsOf(inputTypes, 1, leastLight, call.threads);
      const table = call.workspace(8 * runs.entries);
      const { i32 } = heap();
      let next = table / 4;
      for (let index = 0; index < inputs.length; index++) {
        const size = sizeOf(inputTypes[index].shape);
        for (let start = 0; start === 0 || start < size; start += runs.longest) {
          i32[next++] = inputs[index] + 4 * start;
          i32[next++] = Math.min(runs.longest, size - start);
        }
      }
      if (!isDivided(runs)) call.link(find).firstNonFinite(table, inputs.length, call.outputs[0]);
      else findTogether(call, runs, table);
    },
  },
};

/** Every piece finds its first; the first piece that has one decides, whichever thread it ran on. */
const findTogether = (call: SimdCall<void>, { begins, longest }: Divided, table: number): void => {
  const pieces = begins.length - 1;
  const found = call.workspace(8 * pieces);
  call.parallel(pieces, (piece, link) =>
    link(find).firstNonFinite(table + 8 * begins[piece], begins[piece + 1] - begins[piece], found + 8 * piece),
  );
  const { i32 } = heap();
  const place = [-1, -1];
  for (let piece = 0; piece < pieces; piece++) {
    const [run, position] = i32.subarray(found / 4 + 2 * piece, found / 4 + 2 * piece + 2);
    if (run < 0) continue;
    // From the run to the tensor of which it is a part.
    let entry = begins[piece] + run;
    let which = 0;
    for (; ; which++) {
      const entries = Math.max(1, Math.ceil(sizeOf(call.inputTypes[which].shape) / longest));
      if (entry < entries) break;
      entry -= entries;
    }
    place[0] = which;
    place[1] = entry * longest + position;
    break;
  }
  i32.set(place, call.outputs[0] / 4);
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
      // The kernel looks at 32 elements at once, then at what is left.
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
