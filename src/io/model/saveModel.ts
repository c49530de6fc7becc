import { writeFile } from "#platform";
import { checkPath } from "../../base/checkPath.ts";
import { checkOption } from "../../base/options.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import { modelMetadata, modelRule, namedValues } from "./modelFile.ts";

/**
 * Writes a model into a safetensors file: its variables under their names, moving statistics included, and its
 * architecture as metadata, so that `loadModel` needs no code that builds it. A reader sees the old file or the new one,
 * never a part, even when the process is killed. (`saveCheckpoint` also saves the state of training.)
 * @param model A model whose variables exist: it has an `inputShape`, or was called.
 * @param path The file; its folder must exist.
 * @throws ValueError when the model has no variables yet, two variables of the same name, or a custom layer class or function
 * that is not registered (`registerLayer`, `registerFunction`); DataError when the file cannot be written; GradusError
 * in browsers (`encodeModel` makes the bytes).
 * @example
 * const model = new Sequential({ name: "dnn", inputShape: [64], layers: [new Dense({ name: "outputs", units: 10 })] });
 * await saveModel(model, "my_model_final.safetensors");
 * const copy = await loadModel("my_model_final.safetensors");
 * copy.variables.map(({ name }) => name); // ["dnn/outputs/kernel", "dnn/outputs/bias"]
 * @see https://github.com/huggingface/safetensors#format
 */
export const saveModel = async (model: Layer, path: string): Promise<void> => {
  checkPath("saveModel", path, model);
  await writeFile(path, encode("saveModel", model));
};

/**
 * The bytes of the file that `saveModel` writes, for a download, IndexedDB or a request.
 * @throws ValueError as `saveModel` does.
 * @example
 * const model = new Sequential({ name: "dnn", inputShape: [2], layers: [new Dense({ units: 1 })] });
 * const blob = new Blob([encodeModel(model)]);
 * (await loadModel(blob)).name; // "dnn"
 */
export const encodeModel = (model: Layer): Uint8Array<ArrayBuffer> => encode("encodeModel", model);

const encode = (operation: string, model: Layer): Uint8Array<ArrayBuffer> => {
  checkOption(operation, "model", model, modelRule);
  const tensors = namedValues(operation, model);
  return encodeSafetensors(tensors, { metadata: modelMetadata(operation, model) }) as Uint8Array<ArrayBuffer>;
};
