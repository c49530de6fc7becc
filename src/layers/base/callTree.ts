import { dynamicSwap } from "../../base/dynamic.ts";
import { ValueError } from "../../base/errors.ts";
import { type LayerNode, layersOf } from "./tree.ts";

/** Sets the layer whose `build` or `call` is running, and returns the one before. */
export const swapRunning: (layer: LayerNode | undefined) => LayerNode | undefined = /* @__PURE__ */ dynamicSwap<
  LayerNode | undefined
>(undefined);

/** The layers inside of each layer that calls others than its children. */
const trees: WeakMap<LayerNode, ReadonlySet<LayerNode>> = /* @__PURE__ */ new WeakMap();

/** @throws ValueError for a layer that is called by another and is not inside of it: it would not be trained. */
export const checkIsInside = (caller: LayerNode, layer: LayerNode): void => {
  if (caller === layer || trees.get(caller)?.has(layer)) return;
  const tree = new Set(layersOf<LayerNode>(caller));
  trees.set(caller, tree);
  // A class may list the variables of its layers, and not the layers.
  const variables = new Set(caller.variables);
  const isListed = layer.variables.length > 0 && layer.variables.every((variable) => variables.has(variable));
  if (tree.has(layer) || isListed) return;
  throw new ValueError(
    `${layer.path}: a layer that is called by another must be inside of it, to be trained and saved, got a call by ${caller.path}. ` +
      "Keep it in a field without # of a class that extends Layer, from the constructor or build on, or list it in sublayers.",
  );
};
