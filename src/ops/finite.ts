import { bindOne } from "../tensor/bind.ts";
import { heap } from "../tensor/heap.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { find } from "../wasm/indices.ts";
import { sameFloat } from "./operands.ts";
import { edgeSizes, type Samples, samples } from "./sample.ts";

/**
 * The position of the first element, in row-major order, that is NaN or infinite, as an int32 scalar; −1 when there is
 * none. It has no derivative: its output is a whole number.
 */
export const firstNonFinitePrimitive: Primitive = {
  name: "firstNonFinite",
  infer: (inputs) => {
    sameFloat("firstNonFinite", inputs);
    return [{ shape: [], dtype: "int32" }];
  },
  reference: ({ inputs: [x], outputs: [position] }) => {
    position[0] = -1;
    for (let index = 0; index < x.length; index++) {
      if (Number.isFinite(x[index])) continue;
      position[0] = index;
      break;
    }
  },
  simd: {
    kernel: "find.firstNonFinite",
    run: ({ inputs: [x], outputs: [position], inputTypes, link }) => {
      const found = link(find).firstNonFinite(x, sizeOf(inputTypes[0].shape));
      heap().i32[position / 4] = found;
    },
  },
};

/** Where the first element is that is NaN or infinite; −1 when all are finite. */
export const firstNonFinite = (x: Tensor): number => bindOne(firstNonFinitePrimitive, [x], undefined).item();

export const firstNonFiniteSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: firstNonFinitePrimitive,
  cases: [
    ...edgeSizes.map((size) => ({ inputs: [{ shape: [size], low: -1e38, high: 1e38 }], attributes: undefined })),
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((bad) =>
      [0, 3, 4, 15, 16, 18].map((at) => ({
        inputs: [{ shape: [19], values: new Array<number>(19).fill(-3e38).with(at, bad) }],
        attributes: undefined,
      })),
    ),
    // The kernel looks at 32 elements at once, then at what is left.
    ...[0, 31, 32, 63, 64, 69].map((at) => ({
      inputs: [{ shape: [70], values: new Array<number>(70).fill(1).with(at, Number.NaN) }],
      attributes: undefined,
    })),
    { inputs: [{ shape: [2, 2], values: [1, Number.NaN, 2, Number.NaN] }], attributes: undefined },
    { inputs: [{ shape: [], values: [Number.NaN] }], attributes: undefined },
  ],
  refused: [
    {
      inputs: [{ shape: [3], dtype: "int32", values: [1, 2, 3] }],
      attributes: undefined,
      error:
        "DTypeError: firstNonFinite: operands must all be float32, or all float64, got int32. Convert with toFloat(...).",
    },
  ],
  nonFinite: false,
  differentiable: false,
}));
