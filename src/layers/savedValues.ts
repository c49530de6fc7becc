import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Gives the first value of a variable, by its path and shape. */
export type SavedValues = (path: string, shape: Shape) => Tensor;

let saved: SavedValues | undefined;

/**
 * Builds layers whose variables begin with saved values. No initializer runs: the memory that a file can claim is what
 * it brings.
 */
export const withSavedValues = <T>(values: SavedValues, build: () => T): T => {
  const outer = saved;
  saved = values;
  try {
    return build();
  } finally {
    saved = outer;
  }
};

/** The saved first value of a variable; undefined where nothing is being loaded. */
export const savedValue = (path: string, shape: Shape): Tensor | undefined => saved?.(path, shape);
