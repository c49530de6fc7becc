import { bindOne } from "../tensor/bind.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { floatType } from "../tensor/precision.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gather as gatherKernel } from "../wasm/gather.ts";
import { inTopK as inTopKKernel } from "../wasm/indices.ts";
import { oneHot as oneHotKernel } from "../wasm/oneHot.ts";
import { reduce as reduceKernel } from "../wasm/reduce.ts";
import { floatOperand, type Operand, requireDType, sameFloat } from "./operands.ts";
import { type Samples, samples } from "./sample.ts";
import { zeroOutput } from "./strided.ts";

/**
 * Checks that every index lies in [0, size). Kernels trust indices, so this runs before them on every backend.
 * @throws ValueError naming position, value and range of the first that does not.
 */
export const checkIndices = (operation: string, what: string, indices: TypedArray, size: number): void => {
  for (let position = 0; position < indices.length; position++) {
    const index = indices[position];
    if (index < 0 || index >= size) {
      throw new ValueError(
        `${operation}: ${what} must lie from 0 to ${size - 1}, got ${index} at position ${position}. Correct it, or the number of classes.`,
      );
    }
  }
};

interface GatherAttributes {
  readonly axis: number;
}

const planOf = (shape: Shape, axis: number): { outer: number; length: number; inner: number } => ({
  outer: sizeOf(shape.slice(0, axis)),
  length: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
});

/** y[.., i, ..] = x[.., indices[i], ..] along an axis. */
export const gatherPrimitive: Primitive<GatherAttributes> = {
  name: "gather",
  infer: ([x, indices], { axis }) => {
    requireDType("gather", "indices", indices, "int32");
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return [x.scale === undefined ? { shape, dtype: x.dtype } : { shape, dtype: x.dtype, scale: x.scale }];
  },
  check: ([, indices], [x], { axis }) => checkIndices("gather", "an index", indices, x.shape[axis]),
  reference: ({ inputs: [x, indices], outputs: [y], inputTypes, attributes: { axis } }) => {
    const { outer, length, inner } = planOf(inputTypes[0].shape, axis);
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
      const { outer, length, inner } = planOf(x.shape, axis);
      const count = sizeOf(indices.shape);
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
    () => bindOne(scatterAddPrimitive, [dy, indices], { axis, shape: x.shape }),
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
    const { outer, length, inner } = planOf(shape, axis);
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
      const { outer, length, inner } = planOf(shape, axis);
      const count = sizeOf(call.inputTypes[1].shape);
      const { scatterAddRows } = call.link(gatherKernel);
      for (let i = 0; i < outer; i++) {
        const [from, to] = [call.inputs[0] + i * count * inner * 4, call.outputs[0] + i * length * inner * 4];
        scatterAddRows(from, call.inputs[1], to, count, inner, length);
      }
    },
  },
  vjp: ({ inputs: [, indices], attributes: { axis }, dy }) => [() => gather(dy, indices, { axis }), undefined],
};

/**
 * Slices of x along an axis, chosen by number.
 * @param indices int32, any shape; it takes the place of the axis.
 * @throws ValueError for an index out of range; DTypeError when the indices are not int32.
 * @example
 * gather(tensor([10, 20, 30]), tensor([2, 0], { dtype: "int32" })).toArray(); // [30, 10]
 */
export const gather = (x: Tensor, indices: Tensor, { axis = 0 }: { readonly axis?: number } = {}): Tensor =>
  bindOne(gatherPrimitive, [x, indices], { axis: normalizeAxis("gather", axis, x.shape) });

interface OneHotAttributes {
  readonly depth: number;
  readonly dtype: "float32" | "float64";
}

/** y[.., c] = 1 where the index is c, else 0. */
export const oneHotPrimitive: Primitive<OneHotAttributes> = {
  name: "oneHot",
  infer: ([indices], { depth, dtype }) => {
    requireDType("oneHot", "indices", indices, "int32");
    return [{ shape: [...indices.shape, depth], dtype }];
  },
  check: ([indices], _, { depth }) => checkIndices("oneHot", "an index", indices, depth),
  reference: ({ inputs: [indices], outputs: [y], attributes: { depth } }) => {
    y.fill(0);
    for (let index = 0; index < indices.length; index++) y[index * depth + indices[index]] = 1;
  },
  simd: {
    kernel: "oneHot",
    accepts: (_, { dtype }) => dtype === "float32",
    run: (call) => {
      zeroOutput(call);
      call
        .link(oneHotKernel)
        .run(call.inputs[0], call.outputs[0], sizeOf(call.inputTypes[0].shape), call.attributes.depth);
    },
  },
};

/**
 * A 1 at each index, 0 elsewhere, along a new last axis of length `depth`.
 * @throws ValueError for an index out of range or a depth that is no whole number; DTypeError when indices are not int32.
 * @example
 * oneHot(tensor([2, 0], { dtype: "int32" }), 3).toArray(); // [[0, 0, 1], [1, 0, 0]]
 */
export const oneHot = (
  indices: Tensor,
  depth: number,
  options: { readonly dtype?: "float32" | "float64" } = {},
): Tensor => {
  if (!Number.isInteger(depth) || depth < 0) {
    throw new ValueError(`oneHot: depth must be a whole number from 0, got ${depth}. Pass the number of classes.`);
  }
  return bindOne(oneHotPrimitive, [indices], { depth, dtype: options.dtype ?? floatType() });
};

/** y = the position of the largest element along an axis; the first of equal ones; NaN counts as the largest. */
export const argMaxPrimitive: Primitive<GatherAttributes> = {
  name: "argMax",
  infer: ([x], { axis }) => {
    sameFloat("argMax", [x]);
    if (x.shape[axis] === 0) {
      throw new ShapeError(
        `argMax: there must be something to choose from, got shape ${formatShape(x.shape)}. Check for an empty axis first.`,
      );
    }
    return [{ shape: x.shape.filter((_, index) => index !== axis), dtype: "int32" }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { axis } }) => {
    const { outer, length, inner } = planOf(inputTypes[0].shape, axis);
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) {
        let best = 0;
        for (let p = 1; p < length; p++) {
          const [value, largest] = [x[(i * length + p) * inner + j], x[(i * length + best) * inner + j]];
          if (value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) best = p;
        }
        y[i * inner + j] = best;
      }
    }
  },
  simd: {
    kernel: "reduce.argMax",
    run: ({ inputs, outputs, inputTypes, attributes: { axis }, link }) => {
      const { outer, length, inner } = planOf(inputTypes[0].shape, axis);
      link(reduceKernel).argMax(inputs[0], outputs[0], outer, length, inner);
    },
  },
};

/**
 * The position of the largest element along an axis, as int32; the first of equal ones; NaN counts as the largest.
 * @throws ShapeError when the axis is empty or does not exist; DTypeError when x is no float.
 * @example
 * argMax(tensor([[1, 3, 2]]), { axis: 1 }).toArray(); // [1]
 */
export const argMax = (x: Operand, { axis = -1 }: { readonly axis?: number } = {}): Tensor => {
  const value = floatOperand("argMax", x);
  return bindOne(argMaxPrimitive, [value], { axis: normalizeAxis("argMax", axis, value.shape) });
};

/** y = whether fewer than k classes have a larger score than the label's; false where that score is not finite. */
export const inTopKPrimitive: Primitive<{ readonly k: number }> = {
  name: "inTopK",
  infer: ([predictions, labels]) => {
    sameFloat("inTopK", [predictions]);
    requireDType("inTopK", "labels", labels, "int32");
    checkRows("inTopK", predictions.shape, labels.shape);
    return [{ shape: labels.shape, dtype: "bool" }];
  },
  check: ([, labels], [predictions]) => checkIndices("inTopK", "a label", labels, predictions.shape[1]),
  reference: ({ inputs: [predictions, labels], outputs: [y], inputTypes, attributes: { k } }) => {
    const classes = inputTypes[0].shape[1];
    for (let row = 0; row < labels.length; row++) {
      const score = predictions[row * classes + labels[row]];
      let larger = 0;
      for (let c = 0; c < classes; c++) if (predictions[row * classes + c] > score) larger++;
      y[row] = Number(Number.isFinite(score) && larger < k);
    }
  },
  simd: {
    kernel: "inTopK",
    run: ({ inputs, outputs, inputTypes, attributes: { k }, link }) => {
      const [rows, columns] = inputTypes[0].shape;
      link(inTopKKernel).inTopK(inputs[0], inputs[1], k, outputs[0], rows, columns);
    },
  },
};

/** Checks predictions of [rows, classes] against labels of [rows]. */
export const checkRows = (operation: string, predictions: Shape, labels: Shape): void => {
  if (predictions.length !== 2 || labels.length !== 1 || predictions[0] !== labels[0]) {
    throw new ShapeError(
      `${operation}: predictions must be [rows, classes] and labels [rows], got ${formatShape(predictions)} and ${formatShape(labels)}. ` +
        "Reshape them, or check that both come from the same batch.",
    );
  }
};

/**
 * Whether the label is among the k classes with the highest scores, as TensorFlow's `tf.nn.in_top_k`: a label counts when
 * fewer than k classes have a strictly larger score.
 * @param predictions Scores, [rows, classes].
 * @param labels int32, [rows].
 * @throws ValueError for a label out of range or k below 1; ShapeError, DTypeError for operands that do not fit.
 * @example
 * inTopK(tensor([[0.1, 0.9]]), tensor([0], { dtype: "int32" }), 2).toArray(); // [1]
 */
export const inTopK = (predictions: Operand, labels: Tensor, k: number): Tensor => {
  if (!Number.isInteger(k) || k < 1) {
    throw new ValueError(`inTopK: k must be a whole number from 1, got ${k}. Pass how many classes may count.`);
  }
  return bindOne(inTopKPrimitive, [floatOperand("inTopK", predictions), labels], { k });
};

const indicesOf = (shape: Shape, size: number): { shape: Shape; dtype: "int32"; low: number; high: number } => ({
  shape,
  dtype: "int32",
  low: 0,
  high: size,
});

const gathers: readonly (readonly [x: Shape, indices: Shape, axis: number])[] = [
  [[5], [3], 0],
  [[5], [0], 0],
  [[4, 3], [17], 0],
  [[4, 5], [2, 3], 0],
  [[3, 4], [5], 1],
  [[2, 3, 4], [], 1],
  [[6, 16], [5], 0],
  [[6, 17], [4], 0],
  [[6, 15], [1], 0],
];

export const gatherSamples: Samples = /* @__PURE__ */ samples({
  primitive: gatherPrimitive,
  cases: gathers.map(([x, indices, axis]) => ({
    inputs: [{ shape: x }, indicesOf(indices, x[axis])],
    attributes: { axis },
  })),
  refused: [
    {
      inputs: [{ shape: [3, 2] }, { shape: [2], dtype: "int32", values: [0, 3] }],
      attributes: { axis: 0 },
      error:
        "ValueError: gather: an index must lie from 0 to 2, got 3 at position 1. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [3, 2] }, { shape: [2], dtype: "int32", values: [-1, 0] }],
      attributes: { axis: 0 },
      error:
        "ValueError: gather: an index must lie from 0 to 2, got -1 at position 0. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [3] }, { shape: [2] }],
      attributes: { axis: 0 },
      error:
        'DTypeError: gather: indices must have dtype int32, got float32. Make them with tensor(values, { dtype: "int32" }).',
    },
  ],
});

export const scatterAddSamples: Samples = /* @__PURE__ */ samples({
  primitive: scatterAddPrimitive,
  cases: gathers.map(([shape, indices, axis]) => ({
    inputs: [
      { shape: [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)] },
      indicesOf(indices, shape[axis]),
    ],
    attributes: { axis, shape },
  })),
  refused: [
    {
      inputs: [{ shape: [2] }, { shape: [2], dtype: "int32", values: [0, 3] }],
      attributes: { axis: 0, shape: [3] },
      error:
        "ValueError: scatterAdd: an index must lie from 0 to 2, got 3 at position 1. Correct it, or the number of classes.",
    },
  ],
});

export const oneHotSamples: Samples = /* @__PURE__ */ samples({
  primitive: oneHotPrimitive,
  cases: [[0], [1], [3], [4], [5], [17], [2, 3], []].map((shape) => ({
    inputs: [indicesOf(shape, 5)],
    attributes: { depth: 5, dtype: "float32" as const },
  })),
  refused: [
    {
      inputs: [{ shape: [3], dtype: "int32", values: [0, 1, 2] }],
      attributes: { depth: 2, dtype: "float32" },
      error:
        "ValueError: oneHot: an index must lie from 0 to 1, got 2 at position 2. Correct it, or the number of classes.",
    },
  ],
  nonFinite: false,
  differentiable: false,
});

export const argMaxSamples: Samples = /* @__PURE__ */ samples({
  primitive: argMaxPrimitive,
  cases: gathers.map(([shape, , axis]) => ({ inputs: [{ shape }], attributes: { axis } })),
  refused: [
    {
      inputs: [{ shape: [2, 0] }],
      attributes: { axis: 1 },
      error:
        "ShapeError: argMax: there must be something to choose from, got shape [2, 0]. Check for an empty axis first.",
    },
  ],
  differentiable: false,
});

export const inTopKSamples: Samples = /* @__PURE__ */ samples({
  primitive: inTopKPrimitive,
  cases: [1, 2, 10].flatMap((k) =>
    [
      [0, 3],
      [1, 1],
      [3, 4],
      [4, 5],
      [5, 17],
      [17, 3],
    ].map(([rows, classes]) => ({
      inputs: [{ shape: [rows, classes], values: [1, 3, 2, 2, 0, 3, 1] }, indicesOf([rows], classes)],
      attributes: { k },
    })),
  ),
  refused: [
    {
      inputs: [{ shape: [1, 3] }, { shape: [1], dtype: "int32", values: [3] }],
      attributes: { k: 1 },
      error:
        "ValueError: inTopK: a label must lie from 0 to 2, got 3 at position 0. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3], dtype: "int32", values: [0] }],
      attributes: { k: 1 },
      error:
        "ShapeError: inTopK: predictions must be [rows, classes] and labels [rows], got [2, 3] and [3]. Reshape them, or check that both come from the same batch.",
    },
  ],
  differentiable: false,
});
