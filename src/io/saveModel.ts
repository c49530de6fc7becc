import { writeFile } from "#platform";
import type { Layer } from "../layers/layer.ts";
import { ValueError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { encodeSafetensors } from "./safetensors.ts";

/** The version of what stands in the metadata; a reader refuses versions that it does not know. */
export const formatVersion = "1";

/**
 * Writes the variables of a model, moving statistics included, into a safetensors file under their names. A reader sees
 * the old file or the new one, never a part.
 * @param model A model whose variables exist: one with an `inputShape`, or that was called.
 * @param path The file; its folder must exist.
 * @throws ValueError when the model has no variables yet, or two of the same name; DataError when the file cannot be
 * written.
 * @example
 * const model = new Sequential({ name: "dnn", inputShape: [64], layers: [new Dense({ name: "outputs", units: 10 })] });
 * await saveModel(model, "my_model_final.safetensors");
 * @see https://github.com/huggingface/safetensors#format
 */
export const saveModel = async (model: Layer, path: string): Promise<void> => {
  const tensors = namedValues(model);
  const metadata = { format: "gradus", version: formatVersion, model: model.name };
  await writeFile(path, encodeSafetensors(tensors, { metadata }));
};

const namedValues = (model: Layer): Map<string, Tensor> => {
  const values = new Map<string, Tensor>();
  for (const variable of model.variables) {
    if (values.has(variable.name)) {
      throw new ValueError(
        `saveModel: each variable needs a name of its own, got "${variable.name}" twice. Name the layers apart.`,
      );
    }
    values.set(variable.name, variable.read());
  }
  if (values.size === 0) {
    throw new ValueError(
      `saveModel: the model must have variables, got none in "${model.name}". Give it an inputShape, or call it once.`,
    );
  }
  return values;
};
