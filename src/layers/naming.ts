import { ValueError } from "../tensor/errors.ts";
import { asLayer } from "./activation.ts";
import type { ActivationFunction } from "./activations.ts";
import { attachLayers } from "./attach.ts";
import { Layer } from "./layer.ts";

/** The layers of a model, of which there must be one; bare functions become layers. */
export const checkLayers = (where: string, layers: readonly unknown[]): readonly Layer[] => {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new ValueError(
      `${where}: layers must be a list of at least one layer, got ${lengthOf(layers)}. Add a layer.`,
    );
  }
  return layers.map((layer: unknown, index) => checkLayer(where, layer, index));
};

const lengthOf = (layers: unknown): string => (Array.isArray(layers) ? "an empty list" : typeof layers);

const checkLayer = (model: string, layer: unknown, index: number): Layer => {
  if (layer instanceof Layer || typeof layer === "function") return asLayer(layer as Layer | ActivationFunction);
  throw new ValueError(
    `${model}: each of the layers must be a layer or a function of a tensor, got ${typeof layer} at position ${index}. Remove it.`,
  );
};

/** Makes the layers part of a model, in which each may stand once. */
export const nameLayers = (model: Layer, layers: readonly Layer[]): void => {
  layers.forEach((layer, index) => {
    const first = layers.indexOf(layer);
    if (first === index) return;
    throw new ValueError(
      `${model.path}: each layer may stand in a model once, got "${layer.name}" at positions ${first} and ${index}. Make another one.`,
    );
  });
  attachLayers(model, layers);
};
