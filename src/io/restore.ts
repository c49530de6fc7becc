import { readFile } from "#platform";
import { type AssignOptions, type AssignReport, assignByName, assignOptions } from "../layers/assign.ts";
import type { Layer } from "../layers/layer.ts";
import { checkOptions } from "../tensor/options.ts";
import { checkVersion, modelTensors } from "./format.ts";
import { decodeSafetensors } from "./safetensors.ts";

/** More than any model here needs, and less than one array can hold. */
const maxFileBytes = 2 ** 32;

/** Options of `restore`, those of `Sequential.assign`. */
export type RestoreOptions = AssignOptions;

/**
 * Sets the variables of a model to those of the same names in a safetensors file, as `saveModel` writes it; in strict mode
 * (the default) all of them, and nothing is changed unless all fit.
 * @returns The names of what was restored, and of what was not.
 * @throws DataError when the file is missing, damaged, or has a version that is not known; ValueError in strict mode when
 * names, shapes or dtypes do not correspond.
 * @example
 * const model = new Sequential({ name: "dnn", inputShape: [64], layers: [new Dense({ name: "outputs", units: 10 })] });
 * await saveModel(model, "my_model_final.safetensors");
 * (await restore(model, "my_model_final.safetensors", { match: /kernel/ })).restored; // ["dnn/outputs/kernel"]
 */
export const restore = async (model: Layer, path: string, options: RestoreOptions = {}): Promise<AssignReport> => {
  checkOptions("restore", options, assignOptions);
  const file = decodeSafetensors(await readFile(path, { maxBytes: maxFileBytes }), { where: path });
  checkVersion(path, file.metadata);
  return assignByName(path, model.variables, modelTensors(file), options);
};
