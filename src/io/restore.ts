import { checkOptions } from "../base/options.ts";
import { type AssignOptions, type AssignReport, assignByName, assignRules } from "../layers/assign.ts";
import type { Layer } from "../layers/layer.ts";
import { nameOfSource } from "./fileSource.ts";
import { readVariables, type VariablesSource } from "./loadVariables.ts";

/** Options of `restore`, those of `Sequential.assign`. */
export type RestoreOptions = AssignOptions;

/**
 * Sets the variables of a model to those of the same names in a file: what `saveModel` or `saveCheckpoint` wrote, or any
 * other that `loadVariables` reads, such as a TensorFlow checkpoint.
 *
 * `match` says which variables are meant; of the others, in the model or in the file, nothing is asked and nothing is
 * reported. In strict mode (the default) each of those that are meant must be restored, and nothing is changed unless all
 * fit; otherwise what fits is restored, and the report says what was not, and why.
 * @returns The names of what was restored, and of what was not.
 * @throws DataError when the file is missing, damaged, or has a version that is not known; ValueError in strict mode when
 * names, shapes or dtypes do not correspond.
 * @example
 * const layers = [new Dense({ name: "hidden1", units: 8 }), new Dense({ name: "outputs", units: 10 })];
 * const model = new Sequential({ name: "dnn", inputShape: [64], layers });
 * await saveModel(model, "my_model_final.safetensors");
 * const report = await restore(model, "my_model_final.safetensors", { match: /hidden[12]\// });
 * report.restored; // ["dnn/hidden1/kernel", "dnn/hidden1/bias"]
 */
export const restore = async (
  model: Layer,
  source: VariablesSource,
  options: RestoreOptions = {},
): Promise<AssignReport> => {
  checkOptions("restore", options, assignRules());
  const { match, rename = (name) => name } = options;
  // What is not meant is not even read: it may be of a type that is not known.
  const isMeant = (name: string): boolean => !match || rename(name).search(match) >= 0;
  const values = await readVariables("restore", source, isMeant);
  const where = typeof source === "object" && "index" in source ? source.index : source;
  return assignByName(nameOfSource("restore", where), model.variables, values, options);
};
