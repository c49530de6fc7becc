import { type Dynamic, dynamic } from "../../base/dynamic.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Gives the first value of a variable, by its path and shape. */
export type SavedValues = (path: string, shape: Shape) => Tensor;

const saved: Dynamic<SavedValues | undefined> = /* @__PURE__ */ dynamic<SavedValues | undefined>(undefined);

/**
 * Builds layers whose variables begin with saved values. No initializer runs: the memory that a file can claim is what
 * it brings.
 */
export const withSavedValues = <T>(values: SavedValues, build: () => T): T => saved.during(values, build);

/** The saved first value of a variable; undefined where nothing is being loaded. */
export const savedValue = (path: string, shape: Shape): Tensor | undefined => saved.get()?.(path, shape);
