import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";

/** BatchNorm → batch_norm, PReLU → prelu: TensorFlow's habit, since variables are matched by these names. */
export const snakeCase = (name: string): string =>
  name.replace(/([a-z\d])([A-Z][a-z])/g, "$1_$2").toLowerCase() || "layer";

/** @throws ValueError for a name that is not text, or that would look like a path. */
export const checkName = (className: string, name: unknown): string => {
  if (typeof name === "string" && /^[^/]+$/.test(name)) return name;
  throw new ValueError(
    `${className}: a name must be text without "/", got ${showValue(name)}. The model's name is put in front of it.`,
  );
};

/**
 * A different name for each layer inside of a layer: first those that the user chose, then the default ones, numbered
 * where they are taken.
 * @throws ValueError when two layers have the same chosen name.
 */
export const distinctNames = (
  parent: string,
  layers: readonly { readonly name: string; readonly fixedName: string | undefined }[],
): readonly string[] => {
  const taken = new Set<string>();
  for (const { fixedName } of layers) {
    if (fixedName === undefined) continue;
    if (taken.has(fixedName)) {
      throw new ValueError(`${parent}: each layer needs a name of its own, got "${fixedName}" twice. Rename one.`);
    }
    taken.add(fixedName);
  }
  return layers.map(({ name: defaultName, fixedName }) => {
    if (fixedName !== undefined) return fixedName;
    let name = defaultName;
    for (let number = 1; taken.has(name); number++) name = `${defaultName}_${number}`;
    taken.add(name);
    return name;
  });
};

/** @throws ValueError for a model with two variables of the same name: a file could not tell them apart. */
export const checkVariableNames = (
  operation: string,
  { variables }: { readonly variables: readonly { readonly name: string }[] },
): void => {
  const names = new Set<string>();
  for (const { name } of variables) {
    if (names.has(name)) {
      throw new ValueError(
        `${operation}: each variable needs a name of its own, got "${name}" twice. Give the layers different names.`,
      );
    }
    names.add(name);
  }
};
