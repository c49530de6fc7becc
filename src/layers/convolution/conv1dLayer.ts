import type { Variable } from "../../autograd/variable.ts";
import { copyOptions, type OptionRule, required, whole } from "../../base/options.ts";
import { conv1d, kernelPadding } from "../../ops/convolution/conv1d.ts";
import type { Margins } from "../../ops/convolution/geometry.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { KernelLayer, type KernelLayerOptions, kernelLayerRules } from "../base/kernelLayer.ts";
import { checkImages } from "../image/checkImages.ts";
import { channelsPerGroup, checkFilters } from "./checkGroups.ts";

/** Options of `Conv1D`. */
export interface Conv1DOptions extends KernelLayerOptions {
  /** The number of filters: of channels of the output. */
  readonly filters: number;
  /** The length of the kernel. */
  readonly kernelSize: number;
  /** Steps from position to position of the kernel. Default: 1. */
  readonly strides?: number;
  /**
   * Zeros around the sequences: "valid" for none, "same" for as many as give outputs the length divided by the stride, "causal" for
   * zeros before the first element only, so that an output sees nothing that comes later, or [before, after]. Default: "valid".
   */
  readonly padding?: "valid" | "same" | "causal" | Margins;
  /** Distance between the elements that neighbours in the kernel are applied to. Default: 1. */
  readonly dilationRate?: number;
  /** Channels and filters are cut into this number of groups. Default: 1. */
  readonly groups?: number;
}

const fromOne: OptionRule = /* @__PURE__ */ whole({ from: 1 });

/**
 * A convolution of sequences: y = activation(conv1d(x, kernel) + bias).
 *
 * x is [rows, length, channels], kernel [size, channels / groups, filters], bias [filters], y [rows, positions, filters].
 * @throws ValueError for an option that does not exist or is out of range; ShapeError, when it is called, for another rank or number
 * of channels, and where the kernel does not fit.
 * @example
 * const layer = new Conv1D({ filters: 8, kernelSize: 3, padding: "causal", activation: "relu" });
 * layer.call(ones([2, 20, 4])).shape; // [2, 20, 8]
 */
export class Conv1D extends KernelLayer {
  /** The weights, [size, channels / groups, filters]; they exist once the layer is built. */
  kernel!: Variable;
  readonly #options: Conv1DOptions;

  constructor(options: Conv1DOptions) {
    const checked = copyOptions("Conv1D", options, {
      filters: required(fromOne),
      kernelSize: required(fromOne),
      strides: fromOne,
      padding: kernelPadding,
      dilationRate: fromOne,
      groups: fromOne,
      ...kernelLayerRules("kernel"),
    });
    checkFilters("Conv1D", checked.filters, checked.groups ?? 1);
    super("Conv1D", checked, "conv1d");
    this.#options = checked;
  }

  /** Creates the variables for rows of this shape. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 1);
    const { filters, kernelSize, groups = 1 } = this.#options;
    const channels = channelsPerGroup(this.path, inputShape, groups);
    this.kernel = this.addKernel([kernelSize, channels, filters], kernelSize * channels);
    this.addBias(filters, kernelSize * channels);
  }

  /** @internal */
  override get computesOnly(): boolean {
    return this.constructor === Conv1D && super.computesOnly;
  }

  protected applyKernel(input: Tensor): Tensor {
    const { strides, padding, dilationRate: dilation, groups } = this.#options;
    return conv1d(input, this.kernel.read(), { strides, padding, dilation, groups, bias: this.bias?.read() });
  }
}
