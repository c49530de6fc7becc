import { DTypeError } from "../../base/errors.ts";
import { checkOption, copyOptions, isPlainObject } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { nameOfSource } from "../../data/fileSource.ts";
import { type AssignOptions, type AssignReport, assignByName, assignRules } from "../../layers/base/assign.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { isBesideModel } from "../model/formatVersion.ts";
import { modelRule } from "../model/modelFile.ts";
import { isCheckpointFiles, readVariables, type VariablesSource } from "./loadVariables.ts";

/** Options of `restore`, those of `Sequential.assign`. */
export type RestoreOptions = AssignOptions;

/**
 * Assigns to the variables of a model the values of the same names in a file of `saveModel` or `saveCheckpoint`, or any other
 * that `loadVariables` reads, such as a TensorFlow checkpoint.
 *
 * `match` selects the variables by their names in the file; the others, in the file and in the model, are ignored. In strict
 * mode (the default) each selected variable must be restored, and nothing changes unless all fit. Otherwise those that fit are restored, and the
 * report lists the others by reason.
 * @returns The names of the variables that were restored, and of those that were not.
 * @throws DataError when the file is missing, damaged, or has an unknown version; ValueError in strict mode when
 * names, shapes or dtypes do not correspond, and in either mode for a `match` that matches nothing.
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
  checkOption("restore", "model", model, modelRule);
  if (isNamedTensors(source)) {
    throw new DTypeError(
      `restore: the source must be a file, got ${showValue(source)} of tensors. Pass the tensors to model.assign(...).`,
    );
  }
  const own = copyOptions("restore", options, assignRules());
  const { match } = own;
  const names: string[] = [];
  // Skip variables that do not match: their types may be unsupported.
  const isSelected = (name: string): boolean => {
    if (!isBesideModel(name)) names.push(name);
    return !match || name.search(match) >= 0;
  };
  const values = await readVariables("restore", source, isSelected);
  const where = isCheckpointFiles(source) ? source.index : source;
  return assignByName(nameOfSource("restore", where), model.variables, values, own, names);
};

/** Tensors by name, as `loadVariables` gives them: they need no file. */
const isNamedTensors = (source: unknown): boolean => {
  const values: readonly unknown[] =
    source instanceof Map ? [...source.values()] : isPlainObject(source) ? Object.values(source) : [];
  return values.length > 0 && values.every((value) => value instanceof Tensor);
};
