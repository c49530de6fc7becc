import { ShapeError } from "../../base/errors.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { computedLater } from "../../tensor/interpret/computedLater.ts";
import { evaluateInto } from "../../tensor/interpret/eager.ts";
import type { GradientRows, Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { rowsByIndex } from "../../wasm/movement/rowsKernel.ts";
import { checkIndices, gatherPrimitive, scatterAddPrimitive } from "../shape/gather.ts";
import { reshape } from "../shape/reshape.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { requireDType, sameFloat } from "../support/operands.ts";

/** A record with parts of another one: a call, so that bundlers can leave it out. */
const like = <Attributes>(
  record: Primitive<Attributes>,
  own: Pick<Primitive<Attributes>, "name"> & Partial<Primitive<Attributes>>,
): Primitive<Attributes> => ({ ...record, ...own });

/** y[i, ..] = table[indices[i], ..]: gather along axis 0, whose gradient knows its rows. */
export const embeddingPrimitive: Primitive<{ readonly axis: number }> = /* @__PURE__ */ like(gatherPrimitive, {
  name: "embedding",
  infer: ([table, indices]) => {
    requireDType("embedding", "indices", indices, "int32");
    const dtype = sameFloat("embedding", [table]);
    if (table.axes.length !== 2) {
      throw new ShapeError(
        `embedding: the table must be [categories, width], got ${formatShape(table.axes)}. Reshape it, or use gather.`,
      );
    }
    return [{ shape: [...indices.axes, table.axes[1]], dtype }];
  },
  check: ([, indices], [table]) =>
    checkIndices("embedding", "an index", indices, table.axes[0], "the number of categories"),
  vjp: ({ inputs: [table, indices], dy }) => [
    () => bindOne(embeddingGradientPrimitive, [dy, indices], { axis: 0, shape: table.axes }),
    undefined,
  ],
});

/** The rows pay where the table has at least this many times as many. */
const leastRatio = 2;

/** The derivative of embedding: zeros of `shape`, and the rows of dy added to those of their indices, in ascending order. */
export const embeddingGradientPrimitive: Primitive<{ readonly axis: number; readonly shape: Shape }> =
  /* @__PURE__ */ like(scatterAddPrimitive, {
    name: "embeddingGradient",
    infer: ([dy, indices], { shape }) => {
      requireDType("embeddingGradient", "indices", indices, "int32");
      return [{ shape, dtype: sameFloat("embeddingGradient", [dy]) }];
    },
    later: (call) => {
      const [dy, indices] = call.inputs;
      const { shape } = call.attributes;
      const count = indices.size;
      if (count === 0 || leastRatio * count > shape[0]) return undefined;
      return computedLater(call, rowsByIndices(dy, indices, shape));
    },
    vjp: ({ inputs: [, indices], dy }) => [() => bindOne(embeddingPrimitive, [dy, indices], { axis: 0 }), undefined],
  });

const rowsByIndices = (dy: Tensor, indices: Tensor, [size, width]: Shape): GradientRows => {
  const flat = reshape(indices, [indices.size]);
  // The indices were checked when the rows were read.
  const unchecked: typeof gatherPrimitive = { ...gatherPrimitive, check: undefined };
  let elements: Tensor | undefined;
  return {
    get elements() {
      elements ??= bindOne(sumRowsPrimitive, [reshape(dy, [indices.size, width]), flat], { size });
      return elements;
    },
    take: (tensor) => bindOne(unchecked, [tensor, flat], { axis: 0 }),
    replace: (tensor, rows) => evaluateInto(replaceRowsPrimitive, [tensor, rows, flat], undefined, [tensor.storage]),
  };
};

/** Checks rows [count, width] against their indices [count]. */
const checkCount = (operation: string, rows: Shape, indices: Shape): void => {
  if (rows.length === 2 && indices.length === 1 && rows[0] === indices[0]) return;
  throw new ShapeError(
    `${operation}: the rows must be [count, width] and the indices [count], got ${formatShape(rows)} and ${formatShape(indices)}. Reshape them.`,
  );
};

/**
 * y[i] = Σ x[j] over all j with the index of i, in ascending order: rows with the same index have the same sum. Indices lie
 * from 0 to `size` − 1. It has no derivative: only updates are computed from it.
 */
export const sumRowsPrimitive: Primitive<{ readonly size: number }> = {
  name: "sumRows",
  infer: ([x, indices]) => {
    requireDType("sumRows", "indices", indices, "int32");
    checkCount("sumRows", x.axes, indices.axes);
    return [{ shape: x.axes, dtype: sameFloat("sumRows", [x]) }];
  },
  reference: ({ inputs: [x, indices], outputs: [y], inputTypes }) => {
    const [, width] = inputTypes[0].axes;
    const sums = new Map<number, Float64Array>();
    for (const [row, index] of indices.entries()) {
      const sum = sums.get(index) ?? new Float64Array(width);
      for (let column = 0; column < width; column++) sum[column] += x[row * width + column];
      sums.set(index, sum);
    }
    for (const [row, index] of indices.entries()) y.set(sums.get(index)!, row * width);
  },
  simd: {
    kernel: "rowsByIndex.sumRows",
    run: (call) => {
      const [rows, width] = call.inputTypes[0].axes;
      const [x, indices] = call.inputs;
      const firsts = call.workspace(4 * call.attributes.size);
      call.link(rowsByIndex).sumRows(x, indices, call.outputs[0], rows, width, firsts);
    },
  },
};

/** y = x, but y[indices[i]] = rows[i], for ascending i. It has no derivative: only updates are computed with it. */
export const replaceRowsPrimitive: Primitive = {
  name: "replaceRows",
  infer: ([x, rows, indices]) => {
    requireDType("replaceRows", "indices", indices, "int32");
    checkCount("replaceRows", rows.axes, indices.axes);
    return [{ shape: x.axes, dtype: sameFloat("replaceRows", [x, rows]) }];
  },
  reference: ({ inputs: [x, rows, indices], outputs: [y], inputTypes }) => {
    const [, width] = inputTypes[0].axes;
    y.set(x);
    for (const [row, index] of indices.entries()) {
      y.set(rows.subarray(row * width, (row + 1) * width), index * width);
    }
  },
  simd: {
    kernel: "rowsByIndex.replaceRows",
    run: ({ inputs: [x, rows, indices], outputs: [y], inputTypes: [{ axes: table }, { axes: shape }], link }) =>
      link(rowsByIndex).replaceRows(x, rows, indices, y, ...([shape[0], table[1], table[0]] as const)),
  },
};

/**
 * Rows of a table by number: y[i, ..] = table[indices[i], ..]. The gradient of the table is zero outside of the rows that were
 * read. It is an ordinary tensor, but in a step of an optimizer its zeros are not computed where the formula needs only the
 * rows (SGD, AdaGrad): a step on a few rows of a large table costs what the rows cost. The bits are the same.
 * @param table [categories, width]. @param indices int32, any shape.
 * @returns [...indices.shape, width]
 * @throws ValueError for an index out of range; DTypeError when the indices are not int32; ShapeError for another table.
 * @example
 * const table = tensor([[1, 2], [3, 4], [5, 6]]);
 * embedding(table, tensor([2, 0], { dtype: "int32" })).toArray(); // [[5, 6], [1, 2]]
 */
export const embedding = (table: Tensor, indices: Tensor): Tensor =>
  bindOne(
    embeddingPrimitive,
    [checkTensor("embedding", table, "the table"), checkTensor("embedding", indices, "indices")],
    {
      axis: 0,
    },
  );
