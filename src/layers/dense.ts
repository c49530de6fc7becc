import type { Variable } from "../autograd/variable.ts";
import { copyOptions, required, whole } from "../base/options.ts";
import { affine, linear } from "../ops/matmul/affine.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { KernelLayer, type KernelLayerOptions, kernelLayerRules } from "./base/kernelLayer.ts";
import { checkFeatures, checkHasFeatures } from "./base/layerChecks.ts";

/** Options of `Dense`. */
export interface DenseOptions extends KernelLayerOptions {
  /** The number of outputs. */
  readonly units: number;
}

/**
 * A fully connected layer: y = activation(x·kernel + bias), along the last axis.
 *
 * x is [rows, ..., inputs] with any axes between, kernel [inputs, units], bias [units], y [rows, ..., units].
 * @throws ValueError for an option that does not exist or is out of range; ShapeError, when it is called, for an input of
 * rank 1 or of another number of inputs than the first.
 * @example
 * const hidden = new Dense({ name: "hidden1", units: 300, activation: "relu" });
 * hidden.call(ones([2, 784])).shape; // [2, 300]
 */
export class Dense extends KernelLayer {
  /** The number of outputs. */
  readonly units: number;
  /** The weights, [inputs, units]; they exist once the layer is built. */
  kernel!: Variable;

  constructor(options: DenseOptions) {
    const rules = { units: required(whole({ from: 1 })), ...kernelLayerRules("kernel") };
    const checked = copyOptions("Dense", options, rules);
    super("Dense", checked, "dense");
    this.units = checked.units;
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    checkHasFeatures(this.path, inputShape.length + 1);
    const inputs = inputShape[inputShape.length - 1];
    this.kernel = this.addKernel([inputs, this.units], inputs);
    this.addBias(this.units, inputs);
  }

  /** @internal */
  override get computesOnly(): boolean {
    return this.constructor === Dense && super.computesOnly;
  }

  protected applyKernel(input: Tensor): Tensor {
    checkHasFeatures(this.path, input.rank);
    checkFeatures(this, input, input.rank - 1, this.kernel.shape[0]);
    return this.bias ? affine(input, this.kernel.read(), this.bias.read()) : linear(input, this.kernel.read());
  }
}
