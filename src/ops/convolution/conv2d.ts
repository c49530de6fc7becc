import { ShapeError } from "../../base/errors.ts";
import { checkOptions, instanceOf, joinRules, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape, sameShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { sum } from "../shape/broadcast.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { referenceForward, referenceInputGradient, referenceKernelGradient } from "./convolutionReference.ts";
import { forward, inputGradientSimd, kernelGradientSimd } from "./convolutionSimd.ts";
import { depthwiseForward, depthwiseInputGradient, depthwiseKernelGradient, isDepthwise } from "./depthwiseSimd.ts";
import {
  type Geometry,
  geometryOf,
  groupsRule,
  type Pair,
  type Window,
  type WindowOptions,
  windowOf,
  windowRules,
} from "./geometry.ts";

/** A window, and the height and width of what the inputs do not tell: of the images, or of the kernel. */
export interface SizedWindow extends Window {
  readonly size: Pair;
}

const outputShape = (g: Geometry): Shape => [g.rows, g.outHeight, g.outWidth, g.filters];

/** The sizes of the gradient of the images, from the shapes of dy and of the kernel. */
const inputGradientGeometry = (dy: Shape, kernel: Shape, { size, ...window }: SizedWindow): Geometry =>
  geometryOf("conv2dInputGradient", [dy[0], ...size, kernel[2] * window.groups], kernel, window);

/** The sizes of the gradient of the kernel, from the shapes of the images and of dy. */
const kernelGradientGeometry = (x: Shape, dy: Shape, { size, ...window }: SizedWindow): Geometry =>
  geometryOf("conv2dKernelGradient", x, [...size, x[3] / window.groups, dy[3]], window);

/** Checks the gradient of the outputs. */
const checkGradient = (where: string, dy: Shape, g: Geometry): void => {
  const expected = outputShape(g);
  if (sameShape(dy, expected)) return;
  throw new ShapeError(
    `${where}: dy must have the shape of the convolution's result, ${formatShape(expected)}, got dy=${formatShape(dy)}. ` +
      "Pass the size and the options of the convolution.",
  );
};

/**
 * y[i, v, u, f] = Σ x[i, v·s + a·d − top, u·s + b·d − left, c]·kernel[a, b, c, f] over a, b, c, plus the bias where there is one,
 * which is added to the rounded sum. The padding counts as zeros of x: these times a weight that is not finite are NaN.
 */
export const conv2dPrimitive: Primitive<Window> = {
  name: "conv2d",
  infer: (inputs, window) => {
    const dtype = sameFloat("conv2d", inputs);
    const [x, kernel, bias] = inputs;
    const shape = outputShape(geometryOf("conv2d", x.shape, kernel.shape, window));
    if (bias && !sameShape(bias.shape, shape.slice(3))) {
      throw new ShapeError(
        `conv2d: the bias must have a number for each filter, got bias=${formatShape(bias.shape)}, kernel=${formatShape(kernel.shape)}. ` +
          "Reshape it, or check which kernel it belongs to.",
      );
    }
    return [{ shape, dtype }];
  },
  reference: ({ inputs: [x, kernel, bias], outputs: [y], inputTypes: [type, { shape }], attributes }) => {
    referenceForward(x, kernel, y, geometryOf("conv2d", type.shape, shape, attributes));
    if (bias) for (let at = 0; at < y.length; at++) y[at] += bias[at % bias.length];
  },
  simd: {
    kernel: "convolution, depthwise",
    run: (call) => {
      const [x, kernel, bias = 0] = call.inputs;
      const [images, { shape }] = call.inputTypes;
      const g = geometryOf("conv2d", images.shape, shape, call.attributes);
      (isDepthwise(g) ? depthwiseForward : forward)(call, g, x, kernel, bias, call.outputs[0]);
    },
  },
  vjp: ({ inputs: [x, kernel, bias], attributes, dy }) => [
    () => inputGradient(dy, kernel, { ...attributes, size: sizeIn(x, 1) }),
    () => kernelGradient(x, dy, { ...attributes, size: sizeIn(kernel, 0) }),
    ...(bias ? [() => sum(dy, { axis: [0, 1, 2] })] : []),
  ],
};

/**
 * dx from dy and the kernel: the sum of dy·kernel over all elements of the kernel and all filters that have met a position.
 * What lies beyond the outputs counts as zeros of dy.
 */
export const conv2dInputGradientPrimitive: Primitive<SizedWindow> = {
  name: "conv2dInputGradient",
  infer: ([dy, kernel], window) => {
    const dtype = sameFloat("conv2dInputGradient", [dy, kernel]);
    const g = inputGradientGeometry(dy.shape, kernel.shape, window);
    checkGradient("conv2dInputGradient", dy.shape, g);
    return [{ shape: [g.rows, g.height, g.width, g.channels], dtype }];
  },
  reference: ({ inputs: [dy, kernel], outputs: [dx], inputTypes: [type, { shape }], attributes }) =>
    referenceInputGradient(dy, kernel, dx, inputGradientGeometry(type.shape, shape, attributes)),
  simd: {
    kernel: "convolution, depthwise",
    run: (call) => {
      const [dy, kernel] = call.inputTypes;
      const g = inputGradientGeometry(dy.shape, kernel.shape, call.attributes);
      (isDepthwise(g) ? depthwiseInputGradient : inputGradientSimd)(
        call,
        g,
        call.inputs[0],
        call.inputs[1],
        call.outputs[0],
      );
    },
  },
  vjp: ({ inputs: [dy, kernel], attributes: { size: _, ...window }, dy: u }) => [
    () => bindOne(conv2dPrimitive, [u, kernel], window),
    () => kernelGradient(u, dy, { ...window, size: sizeIn(kernel, 0) }),
  ],
};

/** dKernel from x and dy: the sum of x·dy over all positions of the kernel. The padding counts as zeros of x. */
export const conv2dKernelGradientPrimitive: Primitive<SizedWindow> = {
  name: "conv2dKernelGradient",
  infer: ([x, dy], window) => {
    const dtype = sameFloat("conv2dKernelGradient", [x, dy]);
    const g = kernelGradientGeometry(x.shape, dy.shape, window);
    checkGradient("conv2dKernelGradient", dy.shape, g);
    return [{ shape: [g.kernelHeight, g.kernelWidth, g.channels / g.groups, g.filters], dtype }];
  },
  reference: ({ inputs: [x, dy], outputs: [dKernel], inputTypes: [type, { shape }], attributes }) =>
    referenceKernelGradient(x, dy, dKernel, kernelGradientGeometry(type.shape, shape, attributes)),
  simd: {
    kernel: "convolution, depthwise",
    run: (call) => {
      const [x, dy] = call.inputTypes;
      const g = kernelGradientGeometry(x.shape, dy.shape, call.attributes);
      (isDepthwise(g) ? depthwiseKernelGradient : kernelGradientSimd)(
        call,
        g,
        call.inputs[0],
        call.inputs[1],
        call.outputs[0],
      );
    },
  },
  vjp: ({ inputs: [x, dy], attributes: { size: _, ...window }, dy: u }) => [
    () => inputGradient(dy, u, { ...window, size: sizeIn(x, 1) }),
    () => bindOne(conv2dPrimitive, [x, u], window),
  ],
};

/** The height and width of images (their first axis is 1) or of a kernel (0). */
const sizeIn = ({ shape }: Tensor, axis: 0 | 1): Pair => [shape[axis], shape[axis + 1]];

/** dx of a convolution. @internal */
export const inputGradient = (dy: Tensor, kernel: Tensor, window: SizedWindow): Tensor =>
  bindOne(conv2dInputGradientPrimitive, [dy, kernel], window);

const kernelGradient = (x: Tensor, dy: Tensor, window: SizedWindow): Tensor =>
  bindOne(conv2dKernelGradientPrimitive, [x, dy], window);

/** The convolution of checked operands. @internal */
export const convolve = (x: Tensor, kernel: Tensor, bias: Tensor | undefined, window: Window): Tensor =>
  bindOne(conv2dPrimitive, bias ? [x, kernel, bias] : [x, kernel], window);

/** The option of a convolution that adds a bias. */
export interface BiasOption {
  /**
   * A number for each filter, which is added to the result: the bits of `add(y, bias)` in less time. Default: none.
   */
  readonly bias?: Tensor;
}

/** The rule of `BiasOption`. @internal */
export const biasRules: OptionRules<BiasOption> = { bias: /* @__PURE__ */ instanceOf("a tensor", Tensor) };

/** Options of `conv2d`. */
export interface Conv2dOptions extends WindowOptions, BiasOption {
  /**
   * Channels and filters are cut into this number of groups: a filter sees only the channels of its group. Default: 1, every filter
   * sees all channels.
   */
  readonly groups?: number;
}

const rules: OptionRules<Conv2dOptions> = /* @__PURE__ */ joinRules(/* @__PURE__ */ joinRules(windowRules, biasRules), {
  groups: groupsRule,
});

/**
 * The convolution of images with a kernel, as layers of networks compute it (the kernel is not flipped):
 * y[i, v, u, f] = Σ x[i, v·s + a·d − top, u·s + b·d − left, c]·kernel[a, b, c, f], over a, b and c, with strides s and dilation d.
 * The padding counts as zeros of x.
 * @param x Images, [rows, height, width, channels].
 * @param kernel [height, width, channels / groups, filters], as TensorFlow stores it.
 * @returns [rows, out height, out width, filters]. Along an axis of length n, a kernel that spans e = (size − 1)·d + 1 has
 * ⌊(n + before + after − e) / s⌋ + 1 positions, with "same" ⌈n / s⌉.
 * @throws ShapeError where the shapes do not fit each other or the groups, or the kernel does not fit into the padded images; DTypeError
 * for mixed dtypes; ValueError for options out of range.
 * @example
 * const image = reshape(tensor([1, 2, 3, 4, 5, 6, 7, 8, 9]), [1, 3, 3, 1]);
 * const kernel = reshape(tensor([1, 0, 0, 1]), [2, 2, 1, 1]);
 * conv2d(image, kernel).data; // [6, 8, 12, 14]
 * conv2d(image, kernel, { strides: 2, padding: "same" }).data; // [6, 3, 7, 9]
 */
export const conv2d = (x: Operand, kernel: Operand, options: Conv2dOptions = noOptions): Tensor => {
  checkOptions("conv2d", options, rules);
  const window = windowOf(options, options.groups ?? 1);
  return convolve(floatOperand("conv2d", x), floatOperand("conv2d", kernel), options.bias, window);
};
