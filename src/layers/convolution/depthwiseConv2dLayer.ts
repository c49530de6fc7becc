import type { Variable } from "../../autograd/variable.ts";
import type { Constraint, Regularizer } from "../../autograd/variableOptions.ts";
import { copyOptions, required, whole } from "../../base/options.ts";
import { depthwiseConv2d } from "../../ops/convolution/depthwiseConv2d.ts";
import { type Pair, wholePair } from "../../ops/convolution/geometry.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Initializer, InitializerName } from "../base/initializers.ts";
import { type BiasedLayerOptions, KernelLayer, kernelLayerRules } from "../base/kernelLayer.ts";
import { checkImages } from "../image/checkImages.ts";
import { type ImageWindowOptions, imageWindowRules, pairOf, windowSize } from "./convOptions.ts";

/** Options of layers with a kernel for each channel. */
export interface DepthwiseOptions extends BiasedLayerOptions, ImageWindowOptions {
  /** The height and width of the kernels, or one number for both. */
  readonly kernelSize: number | Pair;
  /** Kernels for each channel. Default: 1. */
  readonly depthMultiplier?: number;
  /** Default: Glorot uniform. */
  readonly depthwiseInitializer?: Initializer | InitializerName;
  /** A penalty on the depthwise kernel. Default: none. */
  readonly depthwiseRegularizer?: Regularizer;
  /** The function that replaces the depthwise kernel after each update. Default: none. */
  readonly depthwiseConstraint?: Constraint;
}

/** Options of `DepthwiseConv2D`. */
export interface DepthwiseConv2DOptions extends DepthwiseOptions {}

/**
 * A convolution of each channel of images with kernels of its own: y = activation(depthwiseConv2d(x, kernel) + bias).
 *
 * x is [rows, height, width, channels], the kernel [height, width, channels, multiplier], bias [channels · multiplier], y [rows, out
 * height, out width, channels · multiplier].
 * @throws ValueError for an option that does not exist or is out of range; ShapeError, when it is called, for another rank or number
 * of channels, and where the kernel does not fit.
 * @example
 * const layer = new DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2, padding: "same" });
 * layer.call(ones([2, 8, 8, 4])).shape; // [2, 8, 8, 8]
 */
export class DepthwiseConv2D extends KernelLayer {
  /** The weights, [height, width, channels, multiplier]; they exist once the layer is built. */
  depthwiseKernel!: Variable;
  readonly #options: DepthwiseConv2DOptions;

  constructor(options: DepthwiseConv2DOptions) {
    const checked = copyOptions("DepthwiseConv2D", options, {
      kernelSize: required(wholePair(1)),
      ...imageWindowRules(),
      depthMultiplier: whole({ from: 1 }),
      ...kernelLayerRules("depthwise"),
    });
    super("DepthwiseConv2D", checked, "depthwise_conv2d");
    this.#options = checked;
  }

  /** Creates the variables for rows of this shape. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 2);
    const channels = inputShape[2];
    const { depthMultiplier = 1 } = this.#options;
    const size = pairOf(this.#options.kernelSize);
    const shape = [...size, channels, depthMultiplier];
    this.depthwiseKernel = this.addKernel(shape, windowSize(size), "depthwise", "depthwise_kernel");
    this.addBias(channels * depthMultiplier, windowSize(size));
  }

  /** The kernel that moves over images, once the layer is built: reports show it. @internal */
  get imageKernel(): Variable | undefined {
    return this.depthwiseKernel;
  }

  /** @internal */
  override get computesOnly(): boolean {
    return this.constructor === DepthwiseConv2D && super.computesOnly;
  }

  protected applyKernel(input: Tensor): Tensor {
    const { strides, padding, dilationRate: dilation } = this.#options;
    const bias = this.bias?.read();
    return depthwiseConv2d(input, this.depthwiseKernel.read(), { strides, padding, dilation, bias });
  }
}
