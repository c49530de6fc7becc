import { ValueError } from "../../base/errors.ts";
import {
  copyOptions,
  flag,
  functionLike,
  number,
  type OptionRule,
  type OptionRules,
  whole,
} from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { variantRule } from "../../base/variant.ts";
import type { Operand } from "../../ops/support/operands.ts";
import type { Random } from "../../tensor/random.ts";
import type { Shape } from "../../tensor/shape.ts";
import { type Initializer, type InitializerName, initializerRule } from "../base/initializers.ts";
import type { LayerVariant } from "../base/layerOptions.ts";
import { type NormalizationLayerOptions, normalizationLayerRules } from "./normalizationLayer.ts";

/** The bounds of batch renormalization's corrections r and d; without a bound it is infinite, for rmin 0. */
export interface RenormClipping {
  /** The largest r, above 0. Default: none. */
  readonly rmax?: number;
  /** The smallest r, from 0. Default: 0; the paper has 1/rmax. */
  readonly rmin?: number;
  /** The largest |d|, from 0. Default: none. */
  readonly dmax?: number;
}

/**
 * A change of the normalized values in training: `(shape of the input, random) => [scale, bias]`, each a number or a
 * tensor that broadcasts over the input. `random` is the layer's stream.
 */
export type Adjustment = (shape: Shape, random: Random) => readonly [scale: Operand, bias: Operand];

/** Options of `BatchNorm`. */
export interface BatchNormOptions extends NormalizationLayerOptions {
  /** The axis or axes of the features, counted with the rows as axis 0. Default: -1, the last. */
  readonly axis?: number | readonly number[];
  /** The decay of the moving statistics per step; for "pytorch" 1 − decay. Default: 0.99; for "pytorch" 0.1. */
  readonly momentum?: number;
  /** Added to the variance under the root. Default: 1e-3; for "pytorch" 1e-5. */
  readonly epsilon?: number;
  /** Default: zeros. */
  readonly movingMeanInitializer?: Initializer | InitializerName;
  /** Default: ones. */
  readonly movingVarianceInitializer?: Initializer | InitializerName;
  /** Whether training corrects the batch's statistics towards moving ones (batch renormalization). Default: false. */
  readonly renorm?: boolean;
  /** Bounds the corrections. Default: no bounds. */
  readonly renormClipping?: RenormClipping;
  /** The momentum of the statistics that renormalization corrects towards. Default: as that of `momentum`. */
  readonly renormMomentum?: number;
  /** The rows that are normalized together in training; must divide the batch. Default: the whole batch. */
  readonly virtualBatchSize?: number;
  /** Scales and shifts the normalized values in training, before gamma and beta. Not with `virtualBatchSize`. */
  readonly adjustment?: Adjustment;
  /** Whose momentum, epsilon and running variance; TensorFlow 1 and Keras agree. Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

const where = "BatchNorm";

const axisRule: OptionRule = {
  words: "a whole number other than 0 (the rows), or a list of at least one",
  holds: (value) => {
    const axes: readonly unknown[] = Array.isArray(value) ? value : [value];
    return axes.length > 0 && axes.every((axis) => Number.isInteger(axis) && axis !== 0);
  },
};

const momentumRule: OptionRule = /* @__PURE__ */ number({ from: 0, to: 1 });

const rules = (): OptionRules<BatchNormOptions> => ({
  axis: axisRule,
  momentum: momentumRule,
  epsilon: number({ above: 0 }),
  ...normalizationLayerRules(),
  movingMeanInitializer: initializerRule,
  movingVarianceInitializer: initializerRule,
  renorm: flag,
  renormClipping: { words: "an object of bounds", holds: (value) => typeof value === "object" },
  renormMomentum: momentumRule,
  virtualBatchSize: whole({ from: 1 }),
  adjustment: functionLike("(shape, random) => [scale, bias]"),
  variant: variantRule,
});

/** A copy of the options. @throws ValueError for those that are out of range or do not go together. */
export const checkedOptions = (options: BatchNormOptions): BatchNormOptions => {
  const checked = copyOptions(where, options, rules());
  const { renorm = false, renormClipping, renormMomentum, virtualBatchSize, adjustment } = checked;
  for (const [name, value] of Object.entries({ renormClipping, renormMomentum })) {
    if (renorm || value === undefined) continue;
    throw new ValueError(
      `${where}: ${name} takes effect only with renorm, got renorm=false and ${name}=${typeof value === "number" ? value : "{ ... }"}. ` +
        "Pass { renorm: true }, or leave it out.",
    );
  }
  copyClipping(where, renormClipping ?? {});
  if (virtualBatchSize !== undefined && adjustment !== undefined) {
    throw new ValueError(
      `${where}: virtualBatchSize and adjustment exclude each other (as in TensorFlow), got virtualBatchSize=` +
        `${showValue(virtualBatchSize)} and adjustment=${showValue(adjustment)}. Leave one out.`,
    );
  }
  return checked;
};

/** A copy of the bounds. @throws ValueError for bounds that are out of range or exclude each other. */
export const copyClipping = (layer: string, clipping: RenormClipping): RenormClipping => {
  const { rmax = Infinity } = clipping;
  return copyOptions(`${layer}: renormClipping`, clipping, {
    rmax: { words: "a number above 0", holds: (value) => (value as number) > 0 },
    rmin: {
      words: "a number from 0 to rmax",
      holds: (value) => Number.isFinite(value) && (value as number) >= 0 && (value as number) <= rmax,
    },
    dmax: { words: "a number from 0", holds: (value) => (value as number) >= 0 },
  });
};

/** The numbers that a batch norm computes with. */
export interface BatchNormNumbers {
  readonly axes: readonly number[];
  readonly epsilon: number;
  /** The decay of the moving statistics, whatever the variant calls momentum. */
  readonly decay: number;
  /** The decay of the statistics that renormalization corrects towards. */
  readonly renormDecay: number;
  /** Whether the moving variance follows the unbiased one. */
  readonly unbiased: boolean;
}

/** The numbers that checked options mean. */
export const batchNormNumbers = (options: BatchNormOptions): BatchNormNumbers => {
  const unbiased = options.variant === "pytorch";
  const decayOf = (momentum: number = unbiased ? 0.1 : 0.99): number => (unbiased ? 1 - momentum : momentum);
  const { axis = -1, epsilon = unbiased ? 1e-5 : 1e-3, momentum, renormMomentum } = options;
  const axes = typeof axis === "number" ? [axis] : axis;
  return { axes, epsilon, decay: decayOf(momentum), renormDecay: decayOf(renormMomentum), unbiased };
};
