import { isLibraryFunction } from "../../base/describe.ts";
import type { Layer } from "./layer.ts";
import { layersOf } from "./tree.ts";

/**
 * Whether a model does nothing but compute, as far as can be known: custom layers, activations and penalties may count,
 * print, or read the clock.
 */
export const onlyComputes = (model: Layer): boolean =>
  layersOf<Layer>(model).every((layer) => layer.computesOnly && isLibraryFunction(layer.activityRegularizer));
