import type { Layer } from "./layer.ts";

/** A model and the layers in it, from the outermost on; one that stands in several places once. */
export const layersOf = (model: Layer): readonly Layer[] => {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    found.add(layer);
    for (const one of layer.sublayers) visit(one);
  };
  visit(model);
  return [...found];
};
