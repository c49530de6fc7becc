import type { Variable } from "../../autograd/variable.ts";
import type { Constraint, Regularizer } from "../../autograd/variableOptions.ts";
import { copyOptions, required, whole } from "../../base/options.ts";
import { conv2d } from "../../ops/convolution/conv2d.ts";
import { depthwiseConv2d } from "../../ops/convolution/depthwiseConv2d.ts";
import { wholePair } from "../../ops/convolution/geometry.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Initializer, InitializerName } from "../base/initializers.ts";
import { KernelLayer, kernelLayerRules } from "../base/kernelLayer.ts";
import { checkImages } from "../image/checkImages.ts";
import { imageWindowRules, pairOf, windowSize } from "./convOptions.ts";
import type { DepthwiseOptions } from "./depthwiseConv2dLayer.ts";

/** Options of `SeparableConv2D`. */
export interface SeparableConv2DOptions extends DepthwiseOptions {
  /** The number of filters: of channels of the output. */
  readonly filters: number;
  /** Default: Glorot uniform. */
  readonly pointwiseInitializer?: Initializer | InitializerName;
  /** A penalty on the pointwise kernel. Default: none. */
  readonly pointwiseRegularizer?: Regularizer;
  /** The function that replaces the pointwise kernel after each update. Default: none. */
  readonly pointwiseConstraint?: Constraint;
}

/**
 * A convolution of each channel with kernels of its own, and one of their results with a kernel of size 1 that mixes the channels:
 * y = activation(conv2d(depthwiseConv2d(x, depthwise), pointwise) + bias). It has fewer weights than a `Conv2D` of that size.
 *
 * x is [rows, height, width, channels], the depthwise kernel [height, width, channels, multiplier], the pointwise one
 * [1, 1, channels · multiplier, filters], bias [filters], y [rows, out height, out width, filters].
 *
 * Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017.
 * @throws ValueError for an option that does not exist or is out of range; ShapeError, when it is called, for another rank or number
 * of channels, and where the kernel does not fit.
 * @example
 * const layer = new SeparableConv2D({ filters: 16, kernelSize: 3, padding: "same", activation: "relu" });
 * layer.call(ones([2, 8, 8, 4])).shape; // [2, 8, 8, 16]
 */
export class SeparableConv2D extends KernelLayer {
  /** The weights of each channel, [height, width, channels, multiplier]; they exist once the layer is built. */
  depthwiseKernel!: Variable;
  /** The weights that mix the channels, [1, 1, channels · multiplier, filters]; they exist once the layer is built. */
  pointwiseKernel!: Variable;
  readonly #options: SeparableConv2DOptions;

  constructor(options: SeparableConv2DOptions) {
    const checked = copyOptions("SeparableConv2D", options, {
      filters: required(whole({ from: 1 })),
      kernelSize: required(wholePair(1)),
      ...imageWindowRules(),
      depthMultiplier: whole({ from: 1 }),
      ...kernelLayerRules("depthwise", "pointwise"),
    });
    super("SeparableConv2D", checked, "separable_conv2d");
    this.#options = checked;
  }

  /** Creates the variables for rows of this shape. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 2);
    const { depthMultiplier = 1, filters } = this.#options;
    const size = pairOf(this.#options.kernelSize);
    const shape = [...size, inputShape[2], depthMultiplier];
    const inputs = inputShape[2] * depthMultiplier;
    this.depthwiseKernel = this.addKernel(shape, windowSize(size), "depthwise", "depthwise_kernel");
    this.pointwiseKernel = this.addKernel([1, 1, inputs, filters], inputs, "pointwise", "pointwise_kernel");
    this.addBias(filters, inputs);
  }

  /** The kernel that moves over images, once the layer is built: reports show it. @internal */
  get imageKernel(): Variable | undefined {
    return this.depthwiseKernel;
  }

  /** @internal */
  override get computesOnly(): boolean {
    return this.constructor === SeparableConv2D && super.computesOnly;
  }

  protected applyKernel(input: Tensor): Tensor {
    const { strides, padding, dilationRate: dilation } = this.#options;
    const channels = depthwiseConv2d(input, this.depthwiseKernel.read(), { strides, padding, dilation });
    return conv2d(channels, this.pointwiseKernel.read(), { bias: this.bias?.read() });
  }
}
