import { ValueError } from "../tensor/errors.ts";
import type { Layer } from "./layer.ts";

/**
 * Makes layers part of another one, under names of their own: those that were chosen first, then the default ones,
 * numbered where they are taken.
 * @throws ValueError when two have one name.
 */
export const attachLayers = (parent: Layer, layers: readonly Layer[]): void => {
  const taken = new Set<string>();
  for (const { fixedName } of layers) {
    if (fixedName === undefined) continue;
    if (taken.has(fixedName)) {
      throw new ValueError(`${parent.path}: each layer needs a name of its own, got "${fixedName}" twice. Rename one.`);
    }
    taken.add(fixedName);
  }
  for (const layer of layers) {
    let name = layer.fixedName;
    if (name === undefined) {
      name = layer.name;
      for (let number = 1; taken.has(name); number++) name = `${layer.name}_${number}`;
      taken.add(name);
    }
    layer.attach(parent, name);
  }
};
