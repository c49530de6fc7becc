import { ShapeError } from "../../base/errors.ts";
import { checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { maxPool as maxPoolKernel } from "../../wasm/pooling/maxPoolKernel.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { poolSequences } from "./poolSequences.ts";
import {
  forWindows,
  imageBytes,
  type Pool1dOptions,
  type Pool2dOptions,
  pool1dRules,
  pool2dRules,
  pooledShape,
  type Windows,
  windowsOf,
  windowTable,
} from "./windows.ts";

/** Of the indices, that of the first maximum of x, or of the first NaN. */
const firstMaximum = (x: TypedArray, elements: readonly number[]): number => {
  let best = elements[0];
  for (const index of elements) {
    if (x[index] > x[best] || (Number.isNaN(x[index]) && !Number.isNaN(x[best]))) best = index;
  }
  return best;
};

/** y = the maximum of each window of x, [rows, height, width, channels]. */
export const maxPool2dPrimitive: Primitive<Windows> = {
  name: "maxPool2d",
  infer: ([x], windows) => {
    const dtype = sameFloat("maxPool2d", [x]);
    return [{ shape: pooledShape("maxPool2d", x.shape, windows), dtype }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes }) =>
    forWindows(inputTypes[0].shape, attributes, (output, elements) => {
      y[output] = Math.max(...elements.map((index) => x[index]));
    }),
  simd: {
    kernel: "maxPool.max",
    run: ({ inputs: [x], outputs: [y], inputTypes, outputTypes, attributes, ints, link }) => {
      const [{ shape }] = inputTypes;
      const pooled = outputTypes[0].shape;
      const table = ints(windowTable(shape, pooled, attributes));
      link(maxPoolKernel).max(x, y, shape[0], imageBytes(shape), imageBytes(pooled), table);
    },
  },
  vjp: ({ inputs: [x], attributes, dy }) => [() => bindOne(maxPool2dGradientPrimitive, [dy, x], attributes)],
};

/** dx = zeros, and dx += dy at the first maximum of each window of x: the derivative of maxPool2d, linear in dy. */
export const maxPool2dGradientPrimitive: Primitive<Windows> = {
  name: "maxPool2dGradient",
  infer: ([dy, x], windows) => {
    const dtype = sameFloat("maxPool2dGradient", [dy, x]);
    const pooled = pooledShape("maxPool2dGradient", x.shape, windows);
    if (!sameShape(dy.shape, pooled)) {
      throw new ShapeError(
        `maxPool2dGradient: dy must have an element per window, got dy=${formatShape(dy.shape)} for ${formatShape(pooled)}. Broadcast it first.`,
      );
    }
    return [{ shape: x.shape, dtype }];
  },
  reference: ({ inputs: [dy, x], outputs: [dx], inputTypes, attributes }) => {
    const sums = new Float64Array(dx.length);
    forWindows(inputTypes[1].shape, attributes, (output, elements) => {
      sums[firstMaximum(x, elements)] += dy[output];
    });
    dx.set(sums);
  },
  simd: {
    kernel: "maxPool.gradient",
    run: ({ inputs: [dy, x], outputs: [dx], inputTypes, attributes, ints, link }) => {
      const [{ shape: pooled }, { shape }] = inputTypes;
      const table = ints(windowTable(shape, pooled, attributes));
      link(maxPoolKernel).gradient(dx, x, dy, shape[0], imageBytes(shape), imageBytes(pooled), table);
    },
  },
  vjp: ({ inputs: [, x], attributes, dy }) => [
    () => bindOne(maxPool2dTangentPrimitive, [dy, x], attributes),
    undefined,
  ],
};

/** y = u at the first maximum of each window of x: the change of maxPool2d along u, and the derivative of its gradient. */
export const maxPool2dTangentPrimitive: Primitive<Windows> = {
  name: "maxPool2dTangent",
  infer: ([u, x], windows) => {
    const dtype = sameFloat("maxPool2dTangent", [u, x]);
    if (!sameShape(u.shape, x.shape)) {
      throw new ShapeError(
        `maxPool2dTangent: u must have the shape of x, got u=${formatShape(u.shape)}, x=${formatShape(x.shape)}. Broadcast it first.`,
      );
    }
    return [{ shape: pooledShape("maxPool2dTangent", x.shape, windows), dtype }];
  },
  reference: ({ inputs: [u, x], outputs: [y], inputTypes, attributes }) =>
    forWindows(inputTypes[1].shape, attributes, (output, elements) => {
      y[output] = u[firstMaximum(x, elements)];
    }),
  simd: {
    kernel: "maxPool.tangent",
    run: ({ inputs: [u, x], outputs: [y], inputTypes, outputTypes, attributes, ints, link }) => {
      const [{ shape }] = inputTypes;
      const pooled = outputTypes[0].shape;
      const table = ints(windowTable(shape, pooled, attributes));
      link(maxPoolKernel).tangent(u, x, y, shape[0], imageBytes(shape), imageBytes(pooled), table);
    },
  },
  vjp: ({ inputs: [, x], attributes, dy }) => [
    () => bindOne(maxPool2dGradientPrimitive, [dy, x], attributes),
    undefined,
  ],
};

const rules1d: OptionRules<Pool1dOptions> = /* @__PURE__ */ pool1dRules();
const rules2d: OptionRules<Pool2dOptions> = /* @__PURE__ */ pool2dRules();

/**
 * The maximum of each window of images, channel by channel; NaN comes through. Padding is never the maximum. The gradient goes
 * to the first maximum of a window in row-major order, as in PyTorch, also where others are equal to it.
 * @param x [rows, height, width, channels].
 * @returns [rows, ⌊(height + padding − poolSize) / stride⌋ + 1, the same of the width, channels].
 * @throws ShapeError when x has another rank, a window does not fit, or padding is not smaller than a window; DTypeError when x
 * is not a float; ValueError for options out of range or unknown.
 * @example
 * const x = tensor([[1, 2, 5], [3, 4, 6]], { shape: [1, 2, 3, 1] });
 * maxPool2d(x, { poolSize: 2, strides: 1 }).toArray(); // [[[[4], [6]]]]
 * maxPool2d(x, { padding: "same" }).toArray(); // [[[[4], [6]]]]
 */
export const maxPool2d = (x: Operand, options: Pool2dOptions = noOptions): Tensor => {
  checkOptions("maxPool2d", options, rules2d);
  const images = floatOperand("maxPool2d", x);
  return bindOne(maxPool2dPrimitive, [images], windowsOf("maxPool2d", images.shape, 2, options));
};

/**
 * The maximum of each window of sequences, channel by channel, as `maxPool2d` for images.
 * @param x [rows, length, channels].
 * @returns [rows, ⌊(length + padding − poolSize) / stride⌋ + 1, channels].
 * @throws ShapeError, DTypeError and ValueError as `maxPool2d` does.
 * @example
 * maxPool1d(tensor([[[1], [5], [2], [3]]])).toArray(); // [[[5], [3]]]
 */
export const maxPool1d = (x: Operand, options: Pool1dOptions = noOptions): Tensor => {
  checkOptions("maxPool1d", options, rules1d);
  const sequences = floatOperand("maxPool1d", x);
  const windows = windowsOf("maxPool1d", sequences.shape, 1, options);
  return poolSequences(sequences, windows, (images, across) => bindOne(maxPool2dPrimitive, [images], across));
};
