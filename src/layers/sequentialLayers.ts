import { DTypeError, ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import type { DType } from "../tensor/dtype.ts";
import { asLayer } from "./activation.ts";
import type { ActivationFunction } from "./base/activations.ts";
import { Layer } from "./base/layer.ts";

/**
 * The layers of a `Sequential`; bare functions become layers.
 * @throws ValueError unless it is a list of at least one layer or function, and nothing else.
 */
export const checkLayers = (where: string, layers: readonly unknown[]): readonly Layer[] => {
  if (!Array.isArray(layers) || layers.length === 0) {
    const got = Array.isArray(layers) ? "an empty list" : showValue(layers);
    throw new ValueError(`${where}: layers must be a list of at least one layer, got ${got}. Add a layer.`);
  }
  return layers.map((layer: unknown, index) => {
    if (layer instanceof Layer || typeof layer === "function") return asLayer(layer as Layer | ActivationFunction);
    throw new ValueError(
      `${where}: each of the layers must be a layer or a function of a tensor, got ${showValue(layer)} at position ${index}. ${typeof layer === "string" ? `Write new Activation("${layer}").` : "Remove it."}`,
    );
  });
};

/**
 * Runs layers on shapes alone: with a float32 input or, where they do not take it, with int32, as tables of embeddings do.
 * @throws DTypeError of the float32 input for layers that take neither.
 */
export const forAnyInput = <T>(infer: (dtype: DType) => T): T => {
  try {
    return infer("float32");
  } catch (error) {
    if (!(error instanceof DTypeError)) throw error;
    try {
      return infer("int32");
    } catch {
      throw error;
    }
  }
};

/** Makes the layers part of a model. @throws ValueError for a layer in two positions, and for two layers of the same name. */
export const attachToModel = (model: Layer, layers: readonly Layer[]): void => {
  layers.forEach((layer, index) => {
    const first = layers.indexOf(layer);
    if (first === index) return;
    throw new ValueError(
      `${model.path}: a model may contain each layer once, got "${layer.name}" at positions ${first} and ${index}. Create another one.`,
    );
  });
  model.attachAll(layers);
};
