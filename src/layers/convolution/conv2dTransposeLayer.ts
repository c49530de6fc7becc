import type { Variable } from "../../autograd/variable.ts";
import { copyOptions, required, whole } from "../../base/options.ts";
import { conv2dTranspose } from "../../ops/convolution/conv2dTranspose.ts";
import { groupsRule, type Pair, wholePair } from "../../ops/convolution/geometry.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { KernelLayer, type KernelLayerOptions, kernelLayerRules } from "../base/kernelLayer.ts";
import { checkImages } from "../image/checkImages.ts";
import { channelsPerGroup, checkFilters } from "./checkGroups.ts";
import { type ImageWindowOptions, imageWindowRules, pairOf, windowSize } from "./convOptions.ts";

/** Options of `Conv2DTranspose`. */
export interface Conv2DTransposeOptions extends KernelLayerOptions, ImageWindowOptions {
  /** The number of filters: of channels of the output. */
  readonly filters: number;
  /** The height and width of the kernel, or one number for both. */
  readonly kernelSize: number | Pair;
  /**
   * Rows and columns that the outputs have beyond the fewest from which the convolution makes images of the size of x: a number
   * below the stride, or [height, width]. Default: with "same" the size of x times the strides, with "valid" at least that.
   */
  readonly outputPadding?: number | Pair;
  /** Channels and filters are cut into this number of groups. Default: 1. */
  readonly groups?: number;
}

/**
 * A transposed convolution, which enlarges images: y = activation(conv2dTranspose(x, kernel) + bias).
 *
 * x is [rows, height, width, channels], kernel [height, width, filters / groups, channels], bias [filters], y [rows, out height, out
 * width, filters].
 * @throws ValueError for an option that does not exist or is out of range; ShapeError, when it is called, for another rank or number
 * of channels, and where the options do not fit.
 * @example
 * const layer = new Conv2DTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" });
 * layer.call(ones([2, 7, 7, 8])).shape; // [2, 14, 14, 3]
 */
export class Conv2DTranspose extends KernelLayer {
  /** The weights, [height, width, filters / groups, channels]; they exist once the layer is built. */
  kernel!: Variable;
  readonly #options: Conv2DTransposeOptions;

  constructor(options: Conv2DTransposeOptions) {
    const checked = copyOptions("Conv2DTranspose", options, {
      filters: required(whole({ from: 1 })),
      kernelSize: required(wholePair(1)),
      ...imageWindowRules(),
      outputPadding: wholePair(0),
      groups: groupsRule,
      ...kernelLayerRules("kernel"),
    });
    checkFilters("Conv2DTranspose", checked.filters, checked.groups ?? 1);
    super("Conv2DTranspose", checked, "conv2d_transpose");
    this.#options = checked;
  }

  /** Creates the variables for rows of this shape. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 2);
    const { filters, groups = 1 } = this.#options;
    channelsPerGroup(this.path, inputShape, groups);
    const size = pairOf(this.#options.kernelSize);
    const depth = filters / groups;
    const shape = [...size, depth, inputShape[2]];
    // PyTorch counts the filters, not the channels, as the inputs of a transposed convolution.
    this.kernel = this.addKernel(shape, windowSize(size) * depth);
    this.addBias(filters, windowSize(size) * depth);
  }

  /** @internal */
  override get computesOnly(): boolean {
    return this.constructor === Conv2DTranspose && super.computesOnly;
  }

  protected applyKernel(input: Tensor): Tensor {
    const { strides, padding, dilationRate: dilation, outputPadding, groups } = this.#options;
    const bias = this.bias?.read();
    return conv2dTranspose(input, this.kernel.read(), { strides, padding, dilation, outputPadding, groups, bias });
  }
}
