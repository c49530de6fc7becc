import { checkOptions } from "../../base/options.ts";
import { type FileSource, nameOfSource, readSource } from "../../data/fileSource.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { Sequential } from "../../layers/sequential.ts";
import { decodeSafetensors } from "../formats/safetensors.ts";
import { type ModelClass, modelClass, modelOf } from "./modelFile.ts";

/** More than any model needs, and less than one array can hold. */
const maxFileBytes = 2 ** 32;

/** Options of `loadModel`. */
export interface LoadModelOptions<Model extends Layer = Sequential> {
  /** The class of a model that is not a `Sequential`; it must be registered. Default: `Sequential`. */
  readonly as?: ModelClass<Model>;
}

/**
 * Loads a saved model without the code that built it: layers, names, options, variables, and which of them are frozen. It
 * predicts the same bits. Custom layer classes and functions must be registered under the names that they had. From a
 * checkpoint, the model alone is loaded.
 * @param source A path (in Node), URL or Response, or the bytes as a Blob, an ArrayBuffer or any typed array.
 * @throws DataError when the file is missing, damaged, holds no architecture (as those of version 1), is of an unknown
 * version, or needs a class or function that is not registered.
 * @example
 * const model = new Sequential({ name: "dnn", inputShape: [64], layers: [new Dense({ units: 10 })] });
 * await saveModel(model, "my_model_final.safetensors");
 * const saved = await loadModel("my_model_final.safetensors");
 * saved.predict(ones([5, 64])).shape; // [5, 10]
 */
export const loadModel = async <Model extends Layer = Sequential>(
  source: FileSource,
  options: LoadModelOptions<Model> = {},
): Promise<Model> => {
  const { as } = checkOptions("loadModel", options, { as: modelClass });
  const where = nameOfSource("loadModel", source);
  const file = decodeSafetensors(await readSource("loadModel", source, maxFileBytes), { where });
  return modelOf(where, file, as);
};
