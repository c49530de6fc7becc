import type { Variable } from "../../autograd/variable.ts";
import type { Constraint, Regularizer } from "../../autograd/variableOptions.ts";
import { flag, type OptionRules } from "../../base/options.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Initializer, InitializerName } from "../base/initializers.ts";
import { Layer } from "../base/layer.ts";
import { type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { variableOptions, variableRules } from "../base/layerVariable.ts";

/** Options of layers that normalize: those of every layer, and these. */
export interface NormalizationLayerOptions extends LayerOptions {
  /** Whether beta is added. Default: true. */
  readonly center?: boolean;
  /** Whether gamma multiplies. Default: true. */
  readonly scale?: boolean;
  /** Default: zeros. */
  readonly betaInitializer?: Initializer | InitializerName;
  /** Default: ones. */
  readonly gammaInitializer?: Initializer | InitializerName;
  /** A penalty on beta. Default: none. */
  readonly betaRegularizer?: Regularizer;
  /** A penalty on gamma. Default: none. */
  readonly gammaRegularizer?: Regularizer;
  /** The function that replaces beta after each update. Default: none. */
  readonly betaConstraint?: Constraint;
  /** The function that replaces gamma after each update. Default: none. */
  readonly gammaConstraint?: Constraint;
}

/** The rules for these options. A function, so that bundles leave them out with the layers. */
export const normalizationLayerRules = (): OptionRules<NormalizationLayerOptions> => ({
  center: flag,
  scale: flag,
  ...variableRules("beta"),
  ...variableRules("gamma"),
  ...layerRules,
});

/**
 * A layer that computes y = gamma·normalized(x) + beta. A subclass checks and copies its options with
 * `normalizationLayerRules`, and calls `addGammaAndBeta` in `build`.
 */
export abstract class NormalizationLayer extends Layer {
  /** The factor; it exists once the layer is built, unless `scale` is false. */
  gamma!: Variable;
  /** The shift, added last; it exists once the layer is built, unless `center` is false. */
  beta!: Variable;
  readonly #options: NormalizationLayerOptions;

  /** @param options A copy of the checked options. */
  constructor(options: NormalizationLayerOptions, defaultName: string) {
    super(options, defaultName);
    this.#options = options;
  }

  /** Creates gamma and beta of a shape, in `build`. */
  protected addGammaAndBeta(shape: Shape): void {
    const options = this.#options;
    if (options.scale ?? true) this.gamma = this.addVariable("gamma", variableOptions("gamma", options, shape, "ones"));
    if (options.center ?? true) this.beta = this.addVariable("beta", variableOptions("beta", options, shape, "zeros"));
  }
}
