import type { Constraint, Regularizer } from "../autograd/variable.ts";
import type { Operand } from "../ops/operands.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkFlag, checkFunction, checkNumber, checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions, showValue } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import { type Initializer, type InitializerName, initializerOf } from "./initializers.ts";
import { type LayerOptions, layerOptions } from "./layerOptions.ts";
import type { LayerVariant } from "./options.ts";

/** The bounds of batch renormalization's corrections r and d; what is left out does not bound. */
export interface RenormClipping {
  /** The largest r, above 0. Default: none. */
  readonly rmax?: number;
  /** The smallest r, from 0. Default: 0; the paper has 1/rmax. */
  readonly rmin?: number;
  /** The largest |d|, from 0. Default: none. */
  readonly dmax?: number;
}

/**
 * What normalized values are changed by in training: `(shape of the input, random) => [scale, bias]`, each a number or a
 * tensor that broadcasts over the input. `random` is the layer's stream.
 */
export type Adjustment = (shape: Shape, random: Random) => readonly [scale: Operand, bias: Operand];

/** Options of `BatchNorm`. */
export interface BatchNormOptions extends LayerOptions {
  /** The axis or axes of the features, counted with the rows as axis 0. Default: -1, the last. */
  readonly axis?: number | readonly number[];
  /** The part of the moving statistics that a step keeps; for "pytorch" the part that it replaces. Default: 0.99; 0.1. */
  readonly momentum?: number;
  /** Added to the variance under the root. Default: 1e-3; for "pytorch" 1e-5. */
  readonly epsilon?: number;
  /** Whether beta is added. Default: true. */
  readonly center?: boolean;
  /** Whether gamma multiplies. Default: true. */
  readonly scale?: boolean;
  /** Default: zeros. */
  readonly betaInitializer?: Initializer | InitializerName;
  /** Default: ones. */
  readonly gammaInitializer?: Initializer | InitializerName;
  /** Default: zeros. */
  readonly movingMeanInitializer?: Initializer | InitializerName;
  /** Default: ones. */
  readonly movingVarianceInitializer?: Initializer | InitializerName;
  /** A penalty on beta. Default: none. */
  readonly betaRegularizer?: Regularizer;
  /** A penalty on gamma. Default: none. */
  readonly gammaRegularizer?: Regularizer;
  /** What beta is replaced by after each update. Default: nothing. */
  readonly betaConstraint?: Constraint;
  /** What gamma is replaced by after each update. Default: nothing. */
  readonly gammaConstraint?: Constraint;
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

const initializers = [
  "betaInitializer",
  "gammaInitializer",
  "movingMeanInitializer",
  "movingVarianceInitializer",
] as const;

const functions = ["betaRegularizer", "gammaRegularizer", "betaConstraint", "gammaConstraint", "adjustment"] as const;

const optionNames: readonly string[] = [
  "axis",
  "momentum",
  "epsilon",
  "center",
  "scale",
  ...initializers,
  ...functions,
  "renorm",
  "renormClipping",
  "renormMomentum",
  "virtualBatchSize",
  "variant",
  ...layerOptions,
];

/** The numbers that a batch norm computes with. */
export interface BatchNormNumbers {
  readonly axes: readonly number[];
  readonly epsilon: number;
  /** The part of the moving statistics that a step keeps, whatever the variant calls momentum. */
  readonly kept: number;
  /** The same of the statistics that renormalization corrects towards. */
  readonly renormKept: number;
  /** Whether the moving variance follows the unbiased one. */
  readonly unbiased: boolean;
}

const where = "BatchNorm";

/** Checks all options, and says the numbers that they stand for. */
export const batchNormNumbers = (options: BatchNormOptions): BatchNormNumbers => {
  checkOptions(where, options, optionNames);
  const unbiased = checkVariant(where, options.variant) === "pytorch";
  const keptOf = (option: "momentum" | "renormMomentum"): number => {
    const momentum = options[option] ?? (unbiased ? 0.1 : 0.99);
    checkNumber(where, option, momentum, "a number from 0 to 1", (one) => one >= 0 && one <= 1);
    return unbiased ? 1 - momentum : momentum;
  };
  const epsilon = options.epsilon ?? (unbiased ? 1e-5 : 1e-3);
  checkNumber(where, "epsilon", epsilon, "a finite number above 0", (one) => one > 0 && one < Infinity);
  const numbers = { axes: checkAxes(options.axis ?? -1), epsilon, kept: keptOf("momentum"), unbiased };
  checkFlag(where, "center", options.center ?? true);
  checkFlag(where, "scale", options.scale ?? true);
  for (const name of initializers) {
    const given = options[name];
    if (given !== undefined) initializerOf(where, name, given);
  }
  for (const name of functions) checkFunction<object>(where, name, options[name]);
  checkRenorm(options);
  checkVirtualBatches(options);
  return { ...numbers, renormKept: keptOf("renormMomentum") };
};

const checkAxes = (axis: number | readonly number[]): readonly number[] => {
  const rule = "a whole number other than 0 (the rows)";
  const check = (one: number): number => {
    return checkNumber(where, "axis", one, rule, (value) => Number.isInteger(value) && value !== 0);
  };
  if (!Array.isArray(axis)) return [check(axis as number)];
  if (axis.length === 0) {
    throw new ValueError(`${where}: axis must name at least one axis, got []. Leave it out for the last.`);
  }
  return axis.map(check);
};

const checkRenorm = ({ renorm = false, renormClipping, renormMomentum }: BatchNormOptions): void => {
  checkFlag(where, "renorm", renorm);
  for (const [name, value] of Object.entries({ renormClipping, renormMomentum })) {
    if (renorm || value === undefined) continue;
    throw new ValueError(
      `${where}: ${name} takes effect only with renorm, got renorm=false and ${name}=${typeof value === "number" ? value : "{ ... }"}. ` +
        "Pass { renorm: true }, or leave it out.",
    );
  }
  checkClipping(where, renormClipping ?? {});
};

/** @throws ValueError for bounds that are none, or exclude each other. */
export const checkClipping = (layer: string, clipping: RenormClipping): RenormClipping => {
  checkOptions(`${layer}: renormClipping`, clipping, ["rmax", "rmin", "dmax"]);
  const { rmax = Infinity, rmin = 0, dmax = Infinity } = clipping;
  checkNumber(layer, "rmax", rmax, "a number above 0", (one) => one > 0);
  checkNumber(layer, "rmin", rmin, "a number from 0 to rmax", (one) => one >= 0 && one <= rmax && one < Infinity);
  checkNumber(layer, "dmax", dmax, "a number from 0", (one) => one >= 0);
  return clipping;
};

const checkVirtualBatches = ({ virtualBatchSize, adjustment }: BatchNormOptions): void => {
  if (virtualBatchSize === undefined) return;
  checkNumber(where, "virtualBatchSize", virtualBatchSize, "a whole number from 1", (one) => {
    return Number.isSafeInteger(one) && one >= 1;
  });
  if (adjustment === undefined) return;
  throw new ValueError(
    `${where}: virtualBatchSize and adjustment exclude each other (as in TensorFlow), got virtualBatchSize=` +
      `${showValue(virtualBatchSize)} and adjustment=${showValue(adjustment)}. Leave one out.`,
  );
};
