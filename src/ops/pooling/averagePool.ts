import { ShapeError } from "../../base/errors.ts";
import { checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { averagePool as averagePoolKernel } from "../../wasm/pooling/averagePoolKernel.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { poolSequences } from "./poolSequences.ts";
import {
  type AveragePool1dOptions,
  type AveragePool2dOptions,
  averagePool1dRules,
  averagePool2dRules,
  forWindows,
  imageBytes,
  pooledShape,
  type Windows,
  windowsOf,
  windowTable,
} from "./windows.ts";

/** Windows, and whether each divides by its whole size. */
interface AverageWindows extends Windows {
  readonly countPadding: boolean;
}

/** What every window divides by; 0 for the number of its elements. */
const fixedDivisor = ({ size, countPadding }: AverageWindows): number => (countPadding ? sizeOf(size) : 0);

/** y = the mean of each window of x, [rows, height, width, channels]. */
export const averagePool2dPrimitive: Primitive<AverageWindows> = {
  name: "averagePool2d",
  infer: ([x], windows) => {
    const dtype = sameFloat("averagePool2d", [x]);
    return [{ shape: pooledShape("averagePool2d", x.shape, windows), dtype }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes }) =>
    forWindows(inputTypes[0].shape, attributes, (output, elements) => {
      let sum = 0;
      for (const index of elements) sum += x[index];
      y[output] = sum / (fixedDivisor(attributes) || elements.length);
    }),
  simd: {
    kernel: "averagePool.average",
    run: ({ inputs: [x], outputs: [y], inputTypes, outputTypes, attributes, ints, link }) => {
      const [{ shape }] = inputTypes;
      const pooled = outputTypes[0].shape;
      const table = ints(windowTable(shape, pooled, attributes));
      const divisor = fixedDivisor(attributes);
      link(averagePoolKernel).average(x, y, shape[0], imageBytes(shape), imageBytes(pooled), table, divisor);
    },
  },
  vjp: ({ inputs: [x], attributes, dy }) => [
    () => bindOne(averagePool2dGradientPrimitive, [dy], { ...attributes, shape: x.shape }),
  ],
};

/** dx = zeros of `shape`, and dx += dy / count at the elements of each window: the derivative of averagePool2d, linear in dy. */
export const averagePool2dGradientPrimitive: Primitive<AverageWindows & { readonly shape: Shape }> = {
  name: "averagePool2dGradient",
  infer: ([dy], { shape, ...windows }) => {
    const dtype = sameFloat("averagePool2dGradient", [dy]);
    const pooled = pooledShape("averagePool2dGradient", shape, windows);
    if (!sameShape(dy.shape, pooled)) {
      throw new ShapeError(
        `averagePool2dGradient: dy must have an element per window, got dy=${formatShape(dy.shape)} for ${formatShape(pooled)}. Broadcast it first.`,
      );
    }
    return [{ shape, dtype }];
  },
  reference: ({ inputs: [dy], outputs: [dx], attributes }) => {
    const sums = new Float64Array(dx.length);
    forWindows(attributes.shape, attributes, (output, elements) => {
      const part = dy[output] / (fixedDivisor(attributes) || elements.length);
      for (const index of elements) sums[index] += part;
    });
    dx.set(sums);
  },
  simd: {
    kernel: "averagePool.gradient",
    run: ({ inputs: [dy], outputs: [dx], inputTypes, attributes, ints, link }) => {
      const { shape } = attributes;
      const pooled = inputTypes[0].shape;
      const table = ints(windowTable(shape, pooled, attributes));
      const divisor = fixedDivisor(attributes);
      link(averagePoolKernel).gradient(dx, dy, shape[0], imageBytes(shape), imageBytes(pooled), table, divisor);
    },
  },
  vjp: ({ attributes: { shape: _, ...windows }, dy }) => [() => bindOne(averagePool2dPrimitive, [dy], windows)],
};

const rules1d: OptionRules<AveragePool1dOptions> = /* @__PURE__ */ averagePool1dRules();
const rules2d: OptionRules<AveragePool2dOptions> = /* @__PURE__ */ averagePool2dRules();

/**
 * The mean of each window of images, channel by channel. Padding does not count, as in TensorFlow: a window divides by the
 * number of its elements inside the image. With `countPadding: true` it divides by its whole size, as PyTorch does by default.
 * @param x [rows, height, width, channels].
 * @returns [rows, ⌊(height + padding − poolSize) / stride⌋ + 1, the same of the width, channels].
 * @throws ShapeError when x has another rank, a window does not fit, or padding is not smaller than a window; DTypeError when x
 * is not a float; ValueError for options out of range or unknown.
 * @example
 * const x = tensor([[1, 2, 5], [3, 4, 6]], { shape: [1, 2, 3, 1] });
 * averagePool2d(x, { padding: "same" }).toArray(); // [[[[2.5], [5.5]]]]
 * averagePool2d(x, { padding: [[0, 0], [0, 1]], countPadding: true }).toArray(); // [[[[2.5], [2.75]]]]
 */
export const averagePool2d = (x: Operand, options: AveragePool2dOptions = noOptions): Tensor => {
  checkOptions("averagePool2d", options, rules2d);
  const images = floatOperand("averagePool2d", x);
  const { countPadding = false } = options;
  const windows = windowsOf("averagePool2d", images.shape, 2, options);
  return bindOne(averagePool2dPrimitive, [images], { ...windows, countPadding });
};

/**
 * The mean of each window of sequences, channel by channel, as `averagePool2d` for images.
 * @param x [rows, length, channels].
 * @returns [rows, ⌊(length + padding − poolSize) / stride⌋ + 1, channels].
 * @throws ShapeError, DTypeError and ValueError as `averagePool2d` does.
 * @example
 * averagePool1d(tensor([[[1], [5], [2], [3]]])).toArray(); // [[[3], [2.5]]]
 */
export const averagePool1d = (x: Operand, options: AveragePool1dOptions = noOptions): Tensor => {
  checkOptions("averagePool1d", options, rules1d);
  const sequences = floatOperand("averagePool1d", x);
  const { countPadding = false } = options;
  const windows = windowsOf("averagePool1d", sequences.shape, 1, options);
  return poolSequences(sequences, windows, (images, across) =>
    bindOne(averagePool2dPrimitive, [images], { ...across, countPadding }),
  );
};
