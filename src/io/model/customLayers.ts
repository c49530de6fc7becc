import type { Layer } from "../../layers/base/layer.ts";
import type { LayerConfig } from "../../layers/base/layerOptions.ts";

/** A class, and how a layer of it is made from its config. */
export interface LayerClass {
  readonly of: object;
  readonly make: (config: LayerConfig) => Layer;
}

/**
 * The classes that saved models know beside the built-in ones, by name: those of users, and those of other entry points. A file of
 * its own, so that a class is entered without the built-in ones.
 */
export const customLayers: Map<string, LayerClass> = /* @__PURE__ */ new Map<string, LayerClass>();
