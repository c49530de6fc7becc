import type { Variable } from "../../autograd/variable.ts";
import { copyOptions, required, whole } from "../../base/options.ts";
import { conv2d } from "../../ops/convolution/conv2d.ts";
import { groupsRule, type Pair, wholePair } from "../../ops/convolution/geometry.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { KernelLayer, type KernelLayerOptions, kernelLayerRules } from "../base/kernelLayer.ts";
import { checkImages } from "../image/checkImages.ts";
import { channelsPerGroup, checkFilters } from "./checkGroups.ts";
import { type ImageWindowOptions, imageWindowRules, pairOf, windowSize } from "./convOptions.ts";

/** Options of `Conv2D`. */
export interface Conv2DOptions extends KernelLayerOptions, ImageWindowOptions {
  /** The number of filters: of channels of the output. */
  readonly filters: number;
  /** The height and width of the kernel, or one number for both. */
  readonly kernelSize: number | Pair;
  /** Channels and filters are cut into this number of groups: a filter sees only the channels of its group. Default: 1. */
  readonly groups?: number;
}

/**
 * A convolution of images: y = activation(conv2d(x, kernel) + bias).
 *
 * x is [rows, height, width, channels], kernel [height, width, channels / groups, filters], bias [filters], y [rows, out height, out
 * width, filters].
 * @throws ValueError for an option that does not exist or is out of range; ShapeError, when it is called, for another rank or number
 * of channels, and where the kernel does not fit.
 * @example
 * const layer = new Conv2D({ filters: 32, kernelSize: 3, padding: "same", activation: "relu" });
 * layer.call(ones([2, 28, 28, 1])).shape; // [2, 28, 28, 32]
 */
export class Conv2D extends KernelLayer {
  /** The weights, [height, width, channels / groups, filters]; they exist once the layer is built. */
  kernel!: Variable;
  readonly #options: Conv2DOptions;

  constructor(options: Conv2DOptions) {
    const checked = copyOptions("Conv2D", options, {
      filters: required(whole({ from: 1 })),
      kernelSize: required(wholePair(1)),
      ...imageWindowRules(),
      groups: groupsRule,
      ...kernelLayerRules("kernel"),
    });
    checkFilters("Conv2D", checked.filters, checked.groups ?? 1);
    super("Conv2D", checked, "conv2d");
    this.#options = checked;
  }

  /** Creates the variables for rows of this shape. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 2);
    const { filters, groups = 1 } = this.#options;
    const size = pairOf(this.#options.kernelSize);
    const channels = channelsPerGroup(this.path, inputShape, groups);
    const inputs = windowSize(size) * channels;
    this.kernel = this.addKernel([...size, channels, filters], inputs);
    this.addBias(filters, inputs);
  }

  /** The kernel that moves over images, once the layer is built: reports show it. @internal */
  get imageKernel(): Variable | undefined {
    return this.kernel;
  }

  /** @internal */
  override get computesOnly(): boolean {
    return this.constructor === Conv2D && super.computesOnly;
  }

  protected applyKernel(input: Tensor): Tensor {
    const { strides, padding, dilationRate: dilation, groups } = this.#options;
    return conv2d(input, this.kernel.read(), { strides, padding, dilation, groups, bias: this.bias?.read() });
  }
}
