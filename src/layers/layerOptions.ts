import type { Regularizer } from "../autograd/variable.ts";
import type { PlainOptions } from "../tensor/plainOptions.ts";

/** Options that every layer takes. */
export interface LayerOptions {
  /** The layer's name, part of its variables' names. Default: the class name in lower case (`dense`, `batch_norm`). */
  readonly name?: string;
  /** Whether its variables are trained. Default: true. */
  readonly trainable?: boolean;
  /** Draws from a stream of its own instead of its model's. */
  readonly seed?: number;
  /** A penalty on what it puts out: regularizer(output)/rows, as TensorFlow 1.15 has it (Keras 3 does not divide). */
  readonly activityRegularizer?: Regularizer;
}

/** Options of a call. */
export interface CallOptions {
  /** Whether dropout drops and batch norm uses the batch. Default: false. */
  readonly training?: boolean;
}

/** The options that make an equal layer, as plain JSON; a function in them is `{ function: name, options }`. */
export type LayerConfig = PlainOptions;

/** The names of the options that every layer takes. */
export const layerOptions: readonly string[] = ["name", "trainable", "seed", "activityRegularizer"];
