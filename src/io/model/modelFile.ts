import { damaged } from "../../base/codec.ts";
import { DataError, ValueError } from "../../base/errors.ts";
import { instanceOf, type OptionRule, required } from "../../base/options.ts";
import { Layer } from "../../layers/base/layer.ts";
import { checkVariableNames } from "../../layers/base/names.ts";
import { withSavedValues } from "../../layers/base/savedValues.ts";
import { Sequential } from "../../layers/sequential.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Safetensors } from "../formats/safetensors.ts";
import { buildModel, describeModel, makeModel, readArchitecture } from "./architecture.ts";
import { checkVersion, formatVersion, modelTensors } from "./formatVersion.ts";
import { readJson, writeJson } from "./json.ts";

/** The class of a model that is not a `Sequential`. */
export type ModelClass<Model extends Layer> = abstract new (...options: never[]) => Model;

/** The rule for an option that is such a class. */
export const modelClass: OptionRule = {
  words: "a class of layers",
  holds: (value) => typeof value === "function" && (value === Layer || value.prototype instanceof Layer),
};

/** The rule for a model that is saved. */
export const modelRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ instanceOf("a layer or model", Layer));

/** The variables of a model by name. @throws ValueError when there are none, or two of the same name. */
export const namedValues = (operation: string, model: Layer): Map<string, Tensor> => {
  checkVariableNames(operation, model);
  const values = new Map(model.variables.map((variable) => [variable.name, variable.read()]));
  if (values.size === 0) {
    throw new ValueError(
      `${operation}: the model must have variables, got none in "${model.name}". Give it an inputShape, or call it once.`,
    );
  }
  return values;
};

/** The metadata that describe a model. */
export const modelMetadata = (operation: string, model: Layer): Readonly<Record<string, string>> => ({
  format: "gradus",
  version: formatVersion,
  model: model.name,
  architecture: writeJson(operation, "architecture", describeModel(operation, model)),
});

/**
 * Makes the model of a file. Its variables take their values from the file as they are made: a shape that the metadata
 * claim allocates no memory unless the file has such values.
 * @throws DataError for a file without architecture, of an unknown version, or whose parts do not fit together.
 */
export const modelOf = <Model extends Layer>(where: string, file: Safetensors, as?: ModelClass<Model>): Model => {
  checkVersion(where, file.metadata);
  const { format, version, architecture } = file.metadata;
  if (format !== "gradus" || architecture === undefined) {
    const got = format !== "gradus" ? "a file of another program" : `version ${version}, which holds variables alone`;
    throw new DataError(
      `${where}: the file must hold an architecture, got ${got}. Build the model in code and call restore(model, path).`,
    );
  }
  const record = readArchitecture(where, readJson(where, "architecture", architecture));
  const model = makeModel(where, record);
  const Class = as ?? Sequential;
  if (!(model instanceof Class)) {
    throw new DataError(
      `${where}: the model must be a ${Class.name}, got ${record.root.class}. Pass { as: ${record.root.class} }.`,
    );
  }
  const tensors = modelTensors(file);
  const taken = new Set<string>();
  const take = (name: string): Tensor | undefined => {
    if (taken.has(name)) throw mismatch(where, `two variables "${name}"`);
    taken.add(name);
    return tensors.get(name);
  };
  const savedFor = (path: string, shape: readonly number[]): Tensor => {
    const value = take(path);
    if (!value) throw mismatch(where, `no values for "${path}"`);
    if (sameShape(value.shape, shape)) return value;
    throw mismatch(where, `${formatShape(value.shape)} for "${path}" of shape ${formatShape(shape)}`);
  };
  withSavedValues(savedFor, () => buildModel(where, model, record.inputShape));
  const names = new Set<string>();
  for (const variable of model.variables) {
    names.add(variable.name);
    // Custom layers may make variables without addVariable.
    if (taken.has(variable.name)) continue;
    variable.assign(savedFor(variable.name, variable.shape));
  }
  for (const name of tensors.keys()) {
    if (!names.has(name)) throw mismatch(where, `values for "${name}", which no layer has`);
  }
  for (const variable of model.variables) {
    if (variable.canTrain && record.frozen.includes(variable.name)) variable.trainable = false;
  }
  return model as Model;
};

const mismatch = (where: string, got: string): DataError =>
  damaged(where, "architecture and values must fit together", got);
