import { readFile } from "#platform";
import { type AssignOptions, type AssignReport, assignByName, assignOptions } from "../layers/assign.ts";
import type { Layer } from "../layers/layer.ts";
import { DataError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { decodeSafetensors, type Safetensors } from "./safetensors.ts";
import { formatVersion } from "./saveModel.ts";

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
  const { tensors, metadata } = decodeSafetensors(await readFile(path, { maxBytes: maxFileBytes }), { where: path });
  checkVersion(path, metadata);
  return assignByName(path, model.variables, tensors, options);
};

/** The file of another program has no version, and needs none. */
const checkVersion = (path: string, { format, version }: Safetensors["metadata"]): void => {
  if (format === "gradus" && version !== formatVersion) {
    throw new DataError(
      `${path}: the version of the file must be ${formatVersion}, got ${String(version)}. Use a newer gradus.`,
    );
  }
};
