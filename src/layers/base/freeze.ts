import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { LayerNode } from "./tree.ts";

/**
 * Sets `trainable` of everything that a pattern matches: of a layer as a whole where its path matches or all of its
 * variables do, else of single variables. Moving statistics never become trainable.
 * @param pattern A regular expression is searched anywhere in paths and names; text is the name of one layer or variable,
 * with or without the model's in front.
 * @returns The names of the variables that it matches and that can be trained.
 * @throws ValueError for a pattern that matches nothing.
 */
export const setTrainable = (
  root: LayerNode,
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
  let hasMatch = false;
  const matches = (path: string, pathInModel: string): boolean => {
    if (pattern === undefined) return true;
    if (typeof pattern === "string") return pattern !== "" && (pattern === path || pattern === pathInModel);
    return path.search(pattern) >= 0;
  };
  const visit = (layer: LayerNode, pathInModel: string): void => {
    const prefix = pathInModel === "" ? "" : `${pathInModel}/`;
    const { sublayers } = layer;
    const inner = new Set(sublayers.flatMap(({ variables }) => variables));
    const own = layer.variables.filter((variable) => !inner.has(variable));
    const matching = own.filter(({ name }) => matches(name, `${prefix}${name.slice(name.lastIndexOf("/") + 1)}`));
    const allMatch = matching.length > 0 && matching.length === own.length && inner.size === 0;
    if (matches(layer.path, pathInModel) || allMatch) {
      hasMatch = true;
      layer.trainable = trainable;
      for (const { name, canTrain } of layer.variables) if (canTrain) names.push(name);
      return;
    }
    for (const variable of matching) {
      hasMatch = true;
      if (!variable.canTrain) continue;
      variable.trainable = trainable;
      names.push(variable.name);
    }
    for (const sublayer of sublayers) visit(sublayer, `${prefix}${sublayer.name}`);
  };
  // The model's own name is "" here: text without it means what is inside.
  visit(root, "");
  if (hasMatch) return names;
  throw new ValueError(
    `${root.path}: ${operation} must match a layer or a variable, got ${showValue(pattern)}. ` +
      `The layers are ${leafPaths(root).join(", ")}.`,
  );
};

const leafPaths = (layer: LayerNode): readonly string[] =>
  layer.sublayers.length === 0 ? [layer.path] : layer.sublayers.flatMap(leafPaths);
