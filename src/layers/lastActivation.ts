import { Activation } from "./activation.ts";
import { Dense } from "./dense.ts";
import type { Layer } from "./layer.ts";
import { Sequential } from "./sequential.ts";

/** The name of the activation that a model ends with; undefined where there is none, or nobody can tell. */
export const lastActivation = (model: Layer): string | undefined => {
  if (model instanceof Sequential) return lastActivation(model.layers[model.layers.length - 1]);
  return model instanceof Dense || model instanceof Activation ? model.activationName : undefined;
};
