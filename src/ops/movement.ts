import { bindOne } from "../tensor/bind.ts";
import { DTypeError, ShapeError } from "../tensor/errors.ts";
import type { Primitive } from "../tensor/primitive.ts";
import {
  broadcastStrides,
  checkShape,
  formatShape,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sumTo } from "./reduce.ts";
import { type Samples, samples } from "./sample.ts";
import { copyWalk, copyWalkSimd, rowMajor, zeroOutput } from "./strided.ts";

/** The same elements in the same order under another shape; nothing is copied. */
export const reshapePrimitive: Primitive<{ readonly shape: Shape }> = {
  name: "reshape",
  infer: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeError(
        `reshape: the number of elements must stay, got x=${formatShape(x.shape)} (${sizeOf(x.shape)}) and shape ` +
          `${formatShape(shape)} (${sizeOf(shape)}). Choose lengths with that product, or one -1.`,
      );
    }
    return [{ ...typeOf(x), shape }];
  },
  alias: true,
  vjp: ({ inputs: [x], dy }) => [() => reshape(dy, x.shape)],
};

const typeOf = ({
  dtype,
  scale,
}: {
  dtype: Tensor["dtype"];
  scale?: number;
}): { dtype: Tensor["dtype"]; scale?: number } => (scale === undefined ? { dtype } : { dtype, scale });

/**
 * The same elements under another shape, row-major; one length may be -1, it is what remains.
 * @throws ShapeError when the number of elements would change.
 * @example
 * reshape(tensor([1, 2, 3, 4]), [2, -1]).shape; // [2, 2]
 */
export const reshape = (x: Tensor, shape: Shape): Tensor => {
  const open = shape.indexOf(-1);
  if (open < 0)
    return sameShape(x.shape, shape) ? x : bindOne(reshapePrimitive, [x], { shape: checkShape("reshape", shape) });
  const others = sizeOf(shape.filter((_, axis) => axis !== open));
  const rest = others === 0 ? 0 : sizeOf(x.shape) / others;
  const full = shape.map((length, axis) => (axis === open ? Math.floor(rest) : length));
  return bindOne(reshapePrimitive, [x], { shape: checkShape("reshape", full) });
};

/** y[i₀, i₁, ...] = x with axis `axes[n]` of x as axis n of y. */
export const transposePrimitive: Primitive<{ readonly axes: readonly number[] }> = {
  name: "transpose",
  infer: ([x], { axes }) => {
    if (axes.length !== x.shape.length || [...axes].sort((a, b) => a - b).some((axis, index) => axis !== index)) {
      throw new ShapeError(
        `transpose: axes must name each axis of x once, got axes=${formatShape(axes)} for shape ${formatShape(x.shape)}. ` +
          "List all axes in their new order.",
      );
    }
    return [{ ...typeOf(x), shape: axes.map((axis) => x.shape[axis]) }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, outputTypes, attributes: { axes } }) => {
    const strides = stridesOf(inputTypes[0].shape);
    const { shape } = outputTypes[0];
    copyWalk(x, { start: 0, strides: axes.map((axis) => strides[axis]) }, y, rowMajor(shape), shape);
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const strides = stridesOf(call.inputTypes[0].shape);
      const { shape } = call.outputTypes[0];
      copyWalkSimd(
        call,
        0,
        { start: 0, strides: call.attributes.axes.map((axis) => strides[axis]) },
        rowMajor(shape),
        shape,
      );
    },
  },
  vjp: ({ attributes: { axes }, dy }) => [
    () =>
      transpose(
        dy,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
  ],
};

/**
 * The axes in another order; without `axes`, reversed (the transposed matrix).
 * @throws ShapeError when an axis is missing or named twice.
 * @example
 * transpose(zeros([2, 3, 4]), [2, 0, 1]).shape; // [4, 2, 3]
 */
export const transpose = (x: Tensor, axes?: readonly number[]): Tensor => {
  const order = axes?.map((axis) => (axis < 0 ? axis + x.rank : axis)) ?? x.shape.map((_, axis) => x.rank - 1 - axis);
  return bindOne(transposePrimitive, [x], { axes: order });
};

/** y = x repeated along new axes and axes of length 1. */
export const broadcastToPrimitive: Primitive<{ readonly shape: Shape }> = {
  name: "broadcastTo",
  infer: ([x], { shape }) => {
    const offset = shape.length - x.shape.length;
    if (offset < 0 || x.shape.some((length, axis) => length !== 1 && length !== shape[axis + offset])) {
      throw new ShapeError(
        `broadcastTo: x must have lengths of the shape, or 1, from the last axis, got x=${formatShape(x.shape)} and shape ` +
          `${formatShape(shape)}. Reshape x first.`,
      );
    }
    return [{ ...typeOf(x), shape }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { shape } }) =>
    copyWalk(x, { start: 0, strides: broadcastStrides(inputTypes[0].shape, shape) }, y, rowMajor(shape), shape),
  simd: {
    kernel: "strided",
    run: (call) => {
      const { shape } = call.attributes;
      const strides = broadcastStrides(call.inputTypes[0].shape, shape);
      copyWalkSimd(call, 0, { start: 0, strides }, rowMajor(shape), shape);
    },
  },
  vjp: ({ inputs: [x], dy }) => [() => sumTo(dy, x.shape)],
};

/**
 * x repeated to a shape, by NumPy's rule.
 * @throws ShapeError when a length of x is neither 1 nor that of the shape.
 * @example
 * broadcastTo(tensor([1, 2]), [3, 2]).toArray(); // [[1, 2], [1, 2], [1, 2]]
 */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : bindOne(broadcastToPrimitive, [x], { shape: checkShape("broadcastTo", shape) });

/** A box inside a tensor: where it begins and its lengths. */
interface Box {
  readonly begin: readonly number[];
  readonly size: readonly number[];
}

const checkBox = (operation: string, shape: Shape, { begin, size }: Box): void => {
  const fits =
    begin.length === shape.length &&
    size.length === shape.length &&
    shape.every(
      (length, axis) =>
        Number.isInteger(begin[axis]) &&
        Number.isInteger(size[axis]) &&
        begin[axis] >= 0 &&
        size[axis] >= 0 &&
        begin[axis] + size[axis] <= length,
    );
  if (!fits) {
    throw new ShapeError(
      `${operation}: the box must lie inside the tensor, got begin=${formatShape(begin)}, size=${formatShape(size)} for shape ` +
        `${formatShape(shape)}. Give a begin and a size for every axis.`,
    );
  }
};

const startOf = (shape: Shape, begin: readonly number[]): number =>
  stridesOf(shape).reduce((start, stride, axis) => start + stride * begin[axis], 0);

/** y = the box of x. */
export const slicePrimitive: Primitive<Box> = {
  name: "slice",
  infer: ([x], box) => {
    checkBox("slice", x.shape, box);
    return [{ ...typeOf(x), shape: box.size }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { begin, size } }) => {
    const { shape } = inputTypes[0];
    copyWalk(x, { start: startOf(shape, begin), strides: stridesOf(shape) }, y, rowMajor(size), size);
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const { shape } = call.inputTypes[0];
      const { begin, size } = call.attributes;
      copyWalkSimd(call, 0, { start: startOf(shape, begin), strides: stridesOf(shape) }, rowMajor(size), size);
    },
  },
  vjp: ({ inputs: [x], attributes: { begin }, dy }) => [() => bindOne(padPrimitive, [dy], { begin, shape: x.shape })],
};

/**
 * A box of a tensor.
 * @param begin The first index along each axis; negative ones count from the end.
 * @param size The lengths of the box; -1 or a missing one means up to the end.
 * @throws ShapeError when the box does not lie inside the tensor.
 * @example
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [2, 2]).toArray(); // [[2, 3], [5, 6]]
 */
export const slice = (x: Tensor, begin: readonly number[], size: readonly number[] = []): Tensor => {
  const from = x.shape.map((length, axis) => ((begin[axis] ?? 0) < 0 ? begin[axis] + length : (begin[axis] ?? 0)));
  const lengths = x.shape.map((length, axis) =>
    size[axis] === undefined || size[axis] === -1 ? length - from[axis] : size[axis],
  );
  return bindOne(slicePrimitive, [x], { begin: from, size: lengths });
};

/** y = zeros of `shape` with x as the box that begins at `begin`: the derivative of slice. */
export const padPrimitive: Primitive<{ readonly begin: readonly number[]; readonly shape: Shape }> = {
  name: "pad",
  infer: ([x], { begin, shape }) => {
    checkBox("pad", shape, { begin, size: x.shape });
    return [{ ...typeOf(x), shape }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { begin, shape } }) => {
    y.fill(0);
    const box = inputTypes[0].shape;
    copyWalk(x, rowMajor(box), y, { start: startOf(shape, begin), strides: stridesOf(shape) }, box);
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const { begin, shape } = call.attributes;
      const box = call.inputTypes[0].shape;
      zeroOutput(call);
      copyWalkSimd(call, 0, rowMajor(box), { start: startOf(shape, begin), strides: stridesOf(shape) }, box);
    },
  },
  vjp: ({ inputs: [x], attributes: { begin }, dy }) => [() => slice(dy, begin, x.shape)],
};

/** y = the inputs one after another along an axis. */
export const concatPrimitive: Primitive<{ readonly axis: number }> = {
  name: "concat",
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    for (const other of inputs) {
      if (other.dtype !== first.dtype || other.scale !== first.scale) {
        throw new DTypeError(
          `concat: tensors must have one dtype, got ${inputs.map(({ dtype }) => dtype).join(", ")}. Convert them first.`,
        );
      }
      if (
        other.shape.length !== first.shape.length ||
        other.shape.some((length, index) => index !== axis && length !== first.shape[index])
      ) {
        throw new ShapeError(
          `concat: shapes must agree on every axis but axis ${axis}, got ${inputs.map(({ shape }) => formatShape(shape)).join(", ")}. ` +
            "Reshape or slice them first.",
        );
      }
    }
    const joined = inputs.reduce((length, { shape }) => length + shape[axis], 0);
    return [{ ...typeOf(first), shape: first.shape.map((length, index) => (index === axis ? joined : length)) }];
  },
  reference: ({ inputs, outputs: [y], inputTypes, outputTypes, attributes: { axis } }) => {
    const strides = stridesOf(outputTypes[0].shape);
    let start = 0;
    inputs.forEach((x, index) => {
      const { shape } = inputTypes[index];
      copyWalk(x, rowMajor(shape), y, { start, strides }, shape);
      start += strides[axis] * shape[axis];
    });
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const strides = stridesOf(call.outputTypes[0].shape);
      let start = 0;
      call.inputTypes.forEach(({ shape }, index) => {
        copyWalkSimd(call, index, rowMajor(shape), { start, strides }, shape);
        start += strides[call.attributes.axis] * shape[call.attributes.axis];
      });
    },
  },
  vjp: ({ inputs, attributes: { axis }, dy }) => {
    let from = 0;
    return inputs.map(({ shape }) => {
      const begin = shape.map((_, index) => (index === axis ? from : 0));
      from += shape[axis];
      return () => slice(dy, begin, shape);
    });
  },
};

/**
 * Tensors one after another along an axis.
 * @throws ShapeError when another axis differs, or there is no tensor; DTypeError for mixed dtypes.
 * @example
 * concat([tensor([1, 2]), tensor([3])]).toArray(); // [1, 2, 3]
 */
export const concat = (tensors: readonly Tensor[], { axis = 0 }: { readonly axis?: number } = {}): Tensor => {
  if (tensors.length === 0)
    throw new ShapeError("concat: there must be at least one tensor, got none. Pass the tensors to join.");
  return bindOne(concatPrimitive, tensors, { axis: normalizeAxis("concat", axis, tensors[0].shape) });
};

/**
 * Tensors of one shape as slices of a new axis.
 * @throws ShapeError when shapes differ, or there is no tensor.
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])]).toArray(); // [[1, 2], [3, 4]]
 */
export const stack = (tensors: readonly Tensor[], { axis = 0 }: { readonly axis?: number } = {}): Tensor => {
  if (tensors.length === 0)
    throw new ShapeError("stack: there must be at least one tensor, got none. Pass the tensors to stack.");
  const { shape } = tensors[0];
  for (const other of tensors) {
    if (!sameShape(other.shape, shape)) {
      throw new ShapeError(
        `stack: shapes must be equal, got ${tensors.map((one) => formatShape(one.shape)).join(", ")}. Reshape or slice them first.`,
      );
    }
  }
  const at = normalizeAxis("stack", axis, [...shape, 1]);
  const raised = [...shape.slice(0, at), 1, ...shape.slice(at)];
  return concat(
    tensors.map((one) => reshape(one, raised)),
    { axis: at },
  );
};

const shapes: readonly Shape[] = [
  [0],
  [1],
  [3],
  [4],
  [5],
  [16],
  [17],
  [],
  [3, 5],
  [4, 4],
  [2, 3, 4],
  [2, 1, 3, 1, 2, 2],
];

export const reshapeSamples: Samples = /* @__PURE__ */ samples({
  primitive: reshapePrimitive,
  cases: shapes.map((shape) => ({ inputs: [{ shape }], attributes: { shape: [1, sizeOf(shape)] } })),
  refused: [
    {
      inputs: [{ shape: [2, 3] }],
      attributes: { shape: [4] },
      error:
        "ShapeError: reshape: the number of elements must stay, got x=[2, 3] (6) and shape [4] (4). Choose lengths with that product, or one -1.",
    },
  ],
});

const orders: readonly (readonly [Shape, readonly number[]])[] = [
  [[5], [0]],
  [
    [3, 5],
    [1, 0],
  ],
  [
    [4, 4],
    [1, 0],
  ],
  [
    [17, 16],
    [1, 0],
  ],
  [
    [0, 3],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 1, 3],
  ],
  [
    [2, 1, 3, 1, 2, 2],
    [5, 3, 0, 2, 4, 1],
  ],
];

export const transposeSamples: Samples = /* @__PURE__ */ samples({
  primitive: transposePrimitive,
  cases: orders.map(([shape, axes]) => ({ inputs: [{ shape }], attributes: { axes } })),
  refused: [
    {
      inputs: [{ shape: [2, 3] }],
      attributes: { axes: [0, 0] },
      error:
        "ShapeError: transpose: axes must name each axis of x once, got axes=[0, 0] for shape [2, 3]. List all axes in their new order.",
    },
  ],
});

const repeats: readonly (readonly [Shape, Shape])[] = [
  [[], [3]],
  [[1], [17]],
  [[5], [3, 5]],
  [
    [3, 1],
    [3, 4],
  ],
  [
    [2, 1, 4],
    [2, 3, 4],
  ],
  [
    [1, 3],
    [0, 3],
  ],
  [
    [2, 1],
    [3, 4, 2, 5],
  ],
];

export const broadcastToSamples: Samples = /* @__PURE__ */ samples({
  primitive: broadcastToPrimitive,
  cases: repeats.map(([from, shape]) => ({ inputs: [{ shape: from }], attributes: { shape } })),
  refused: [
    {
      inputs: [{ shape: [2] }],
      attributes: { shape: [3] },
      error:
        "ShapeError: broadcastTo: x must have lengths of the shape, or 1, from the last axis, got x=[2] and shape [3]. Reshape x first.",
    },
  ],
});

const boxes: readonly (readonly [shape: Shape, begin: readonly number[], size: Shape])[] = [
  [[5], [1], [3]],
  [[17], [0], [17]],
  [[17], [4], [5]],
  [
    [4, 5],
    [1, 2],
    [2, 3],
  ],
  [
    [4, 5],
    [4, 0],
    [0, 5],
  ],
  [
    [2, 3, 4],
    [0, 1, 1],
    [2, 2, 3],
  ],
];

export const sliceSamples: Samples = /* @__PURE__ */ samples({
  primitive: slicePrimitive,
  cases: boxes.map(([shape, begin, size]) => ({ inputs: [{ shape }], attributes: { begin, size } })),
  refused: [
    {
      inputs: [{ shape: [3] }],
      attributes: { begin: [2], size: [2] },
      error:
        "ShapeError: slice: the box must lie inside the tensor, got begin=[2], size=[2] for shape [3]. Give a begin and a size for every axis.",
    },
  ],
});

export const padSamples: Samples = /* @__PURE__ */ samples({
  primitive: padPrimitive,
  cases: boxes.map(([shape, begin, size]) => ({ inputs: [{ shape: size }], attributes: { begin, shape } })),
  refused: [
    {
      inputs: [{ shape: [2] }],
      attributes: { begin: [2], shape: [3] },
      error:
        "ShapeError: pad: the box must lie inside the tensor, got begin=[2], size=[2] for shape [3]. Give a begin and a size for every axis.",
    },
  ],
});

const joins: readonly (readonly [axis: number, shapes: readonly Shape[]])[] = [
  [0, [[3]]],
  [0, [[3], [0], [4]]],
  [
    1,
    [
      [2, 3],
      [2, 5],
    ],
  ],
  [
    0,
    [
      [1, 17],
      [2, 17],
    ],
  ],
  [
    1,
    [
      [2, 1, 3],
      [2, 4, 3],
      [2, 2, 3],
    ],
  ],
];

export const concatSamples: Samples = /* @__PURE__ */ samples({
  primitive: concatPrimitive,
  cases: joins.map(([axis, parts]) => ({ inputs: parts.map((shape) => ({ shape })), attributes: { axis } })),
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 3] }],
      attributes: { axis: 1 },
      error:
        "ShapeError: concat: shapes must agree on every axis but axis 1, got [2, 3], [3, 3]. Reshape or slice them first.",
    },
    {
      inputs: [{ shape: [2] }, { shape: [2], dtype: "int32", low: 0, high: 3 }],
      attributes: { axis: 0 },
      error: "DTypeError: concat: tensors must have one dtype, got float32, int32. Convert them first.",
    },
  ],
});
