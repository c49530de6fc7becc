import { ValueError } from "../tensor/errors.ts";
import { showValue } from "../tensor/options.ts";
import type { Layer } from "./layer.ts";

/**
 * Sets whether what a pattern matches is trained: a layer as a whole where its path matches or all of its variables do,
 * else single variables. Moving statistics never become trainable.
 * @param pattern A regular expression is searched anywhere in paths and names; text is the name of one layer or variable,
 * with or without the model's in front.
 * @returns The names of the variables that it matches and that can be trained.
 * @throws ValueError for a pattern that matches nothing.
 */
export const setTrainable = (
  root: Layer,
  operation: string,
  pattern: RegExp | string | undefined,
  trainable: boolean,
): readonly string[] => {
  if (pattern !== undefined && typeof pattern !== "string" && !(pattern instanceof RegExp)) {
    throw new ValueError(
      `${root.path}: ${operation} takes a regular expression or a name, got ${showValue(pattern)}. Pass /hidden[12]/, for example.`,
    );
  }
  const names: string[] = [];
  let found = false;
  const matches = (full: string, local: string): boolean => {
    if (pattern === undefined) return true;
    if (typeof pattern === "string") return pattern !== "" && (pattern === full || pattern === local);
    return full.search(pattern) >= 0;
  };
  const visit = (layer: Layer, local: string): void => {
    const { sublayers } = layer;
    const inner = new Set(sublayers.flatMap(({ variables }) => variables));
    const own = layer.variables.filter((one) => !inner.has(one));
    const hits = own.filter(({ name }) =>
      matches(name, `${local}${local && "/"}${name.slice(name.lastIndexOf("/") + 1)}`),
    );
    if (matches(layer.path, local) || (hits.length > 0 && hits.length === own.length && inner.size === 0)) {
      found = true;
      layer.trainable = trainable;
      for (const { name, canTrain } of layer.variables) if (canTrain) names.push(name);
      return;
    }
    for (const variable of hits) {
      found = true;
      if (!variable.canTrain) continue;
      variable.trainable = trainable;
      names.push(variable.name);
    }
    for (const one of sublayers) visit(one, local === "" ? one.name : `${local}/${one.name}`);
  };
  // The model's own name is "" here: text without it means what is inside.
  visit(root, "");
  if (found) return names;
  throw new ValueError(
    `${root.path}: ${operation} must match a layer or a variable, got ${showValue(pattern)}. ` +
      `The layers are ${pathsOf(root).join(", ")}.`,
  );
};

const pathsOf = (layer: Layer): readonly string[] =>
  layer.sublayers.length === 0 ? [layer.path] : layer.sublayers.flatMap(pathsOf);
