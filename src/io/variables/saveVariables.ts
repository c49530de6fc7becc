import { writeFile } from "#platform";
import { Variable } from "../../autograd/variable.ts";
import { checkPath } from "../../base/checkPath.ts";
import { DTypeError, ValueError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { checkOptions, functionLike, type OptionRules, regularExpression } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { Layer } from "../../layers/base/layer.ts";
import { type NamedTensors, namedEntries } from "../../layers/base/namedTensors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { encodeNpz } from "../formats/npz.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";

/** Options of `saveVariables`. */
export interface SaveVariablesOptions {
  /** Matches the names of the variables to write, as the file has them: after `rename`. Default: all. */
  readonly match?: RegExp;
  /** From a variable's name to its name in the file. */
  readonly rename?: (name: string) => string;
}

const rules: OptionRules<SaveVariablesOptions> = {
  match: regularExpression,
  rename: /* @__PURE__ */ functionLike("(name) => name"),
};

const encoders: readonly (readonly [ending: string, encode: (tensors: ReadonlyMap<string, Tensor>) => Uint8Array])[] = [
  [".safetensors", (tensors) => encodeSafetensors(tensors)],
  [".npz", encodeNpz],
];

/**
 * Writes variables by name for other programs, without the architecture: safetensors, or NumPy's `.npz`, by the
 * ending of the path. A reader sees the old file or the new one, never a part. (In browsers, `encodeSafetensors` and
 * `encodeNpz` make the bytes.)
 * @param source A model, a list of variables, or tensors by name.
 * @throws ValueError for another ending, no variables, or two of one name; DTypeError for a uint8 tensor with a scale, which
 * the formats cannot store; DataError when the file cannot be written.
 * @example
 * const outputs = new Dense({ name: "outputs", units: 2 });
 * const model = new Sequential({ name: "dnn", inputShape: [3], layers: [outputs] });
 * await saveVariables(model, "weights.npz", { rename: (name) => name.replace("dnn/", "") });
 * [...(await loadVariables("weights.npz")).keys()]; // ["outputs/kernel", "outputs/bias"]
 */
export const saveVariables = async (
  source: Layer | readonly Variable[] | NamedTensors,
  path: string,
  options: SaveVariablesOptions = {},
): Promise<void> => {
  checkOptions("saveVariables", options, rules);
  const { match, rename = (name) => name } = options;
  checkPath("saveVariables", path, source);
  const encode = encoders.find(([ending]) => path.endsWith(ending))?.[1];
  if (!encode) {
    throw new ValueError(
      `saveVariables: the path must end in ${encoders.map(([ending]) => ending).join(" or ")}, got "${path}". The ending selects the format.`,
    );
  }
  const tensors = new Map<string, Tensor>();
  const names: string[] = [];
  for (const [name, value] of namedTensors(source)) {
    const renamed = rename(name);
    names.push(renamed);
    if (match && renamed.search(match) < 0) continue;
    if (tensors.has(renamed)) {
      throw new ValueError(
        `saveVariables: the names of variables must differ, got "${renamed}" twice. Rename a layer, or correct rename.`,
      );
    }
    tensors.set(renamed, value);
  }
  if (tensors.size === 0) {
    throw new ValueError(
      match && names.length > 0
        ? `saveVariables: match must match the name of a variable, got ${String(match)}. ${adviseNames("names", match, names)}`
        : "saveVariables: there must be variables to write, got none. Give the model an inputShape, or call it once.",
    );
  }
  await writeFile(path, encode(tensors));
};

/** The names and values of a source; a variable is read when its turn comes. */
function* namedTensors(source: Layer | readonly Variable[] | NamedTensors): Generator<readonly [string, Tensor]> {
  const variables = source instanceof Layer ? source.variables : source;
  if (Array.isArray(variables)) {
    for (const variable of variables as readonly unknown[]) {
      if (!(variable instanceof Variable)) throw notSavable(variable);
      yield [variable.name, variable.read()];
    }
    return;
  }
  if (typeof variables !== "object" || variables === null) throw notSavable(variables);
  for (const [name, value] of namedEntries("saveVariables", variables as NamedTensors)) {
    if (!(value instanceof Tensor)) throw notSavable(value);
    yield [name, value];
  }
}

const notSavable = (value: unknown): DTypeError =>
  new DTypeError(
    `saveVariables: the source must be a model, a list of variables, or tensors by name, got ${showValue(value)}.`,
  );
