import { type Regularizer, regularizerRule } from "../../autograd/variableOptions.ts";
import { anything, flag, type OptionRules } from "../../base/options.ts";
import type { PlainOptions } from "../../base/plainOptions.ts";
import type { Variant } from "../../base/variant.ts";

/** Options that every layer takes. */
export interface LayerOptions {
  /** The layer's name, part of its variables' names. Default: the class name in lower case (`dense`, `batch_norm`). */
  readonly name?: string;
  /** Whether its variables are trained. Default: true. */
  readonly trainable?: boolean;
  /** The seed of a random stream of the layer's own, in place of its model's. */
  readonly seed?: number;
  /** A penalty on its output: regularizer(output)/rows, as in TensorFlow 1.15 (Keras 3 does not divide). */
  readonly activityRegularizer?: Regularizer;
}

/** Options of a call. */
export interface CallOptions {
  /** Whether dropout drops and batch norm uses the batch. Default: false. */
  readonly training?: boolean;
}

/** The options that make an equal layer, as plain JSON; a function in them is `{ function: name, options }`. */
export type LayerConfig = PlainOptions;

/** Whose formulas and defaults a layer has; single options override. */
export type LayerVariant = Variant;

/** The rules for the options that every layer takes. */
export const layerRules: OptionRules<LayerOptions> = {
  // Layer checks it, with the class's default name; Random checks the seed.
  name: anything,
  trainable: flag,
  seed: anything,
  activityRegularizer: regularizerRule,
};
