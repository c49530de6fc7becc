import { checkFolder, joinPath, writeFile } from "#platform";
import { checkPath } from "../../base/checkPath.ts";
import { descriptionOf } from "../../base/describe.ts";
import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { anything, checkOption, checkOptions, instanceOf, type OptionRule, required } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { checkDataset, type Dataset } from "../../data/dataset.ts";
import { encodeNpz } from "../../io/formats/npz.ts";
import { modelRule } from "../../io/model/modelFile.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { checkVariableNames } from "../../layers/base/names.ts";
import { softmaxCrossEntropy } from "../../ops/network/losses.ts";
import type { LossOptions } from "../../ops/network/lossOptions.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { formatRows, sameShape } from "../../tensor/shape.ts";
import { type Tensor, tensor } from "../../tensor/tensor.ts";
import { modelProgram } from "./network/modelProgram.ts";
import { type NetworkText, networkText } from "./network/networkText.ts";
import { placed } from "./network/placement.ts";
import { torchReadme } from "./torchReadme.ts";
import { clipText } from "./training/clipText.ts";
import { lossText } from "./training/lossText.ts";
import { type OptimizerText, optimizerText } from "./training/optimizerText.ts";
import { rateText } from "./training/scheduleText.ts";
import { type TrainingText, trainProgram } from "./training/trainProgram.ts";

/** A training run that continues in PyTorch. */
export interface PyTorchContents {
  /** A `Sequential`, or a `Model` with one input and one output, whose variables exist. */
  readonly model: Layer;
  /** Its optimizer; one whose variants differ must have the variant "pytorch". */
  readonly optimizer: Optimizer;
  /** The training data. Default: none; they are to be put into the folder before train.py runs. */
  readonly data?: Dataset;
  /** A loss of the library. Default: softmaxCrossEntropy for int32 labels; for other targets it must be named. */
  readonly loss?: (predictions: Tensor, targets: Tensor, options?: LossOptions) => Tensor;
}

const optimizerRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ instanceOf("an optimizer", Optimizer));

/**
 * Hands a training run over to PyTorch, where one machine is not enough. The folder, which is made where only it is missing, gets
 *
 * - model.py: the network as a plain `nn.Module`; layers keep their names, inputs and outputs their shapes (channels last)
 * - weights.npz: all weights and moving statistics by PyTorch's names, and the state of the optimizer
 * - train.py: training from where it is, in one process or in as many as `torchrun` starts, by DistributedDataParallel over gloo or nccl
 * - data.npz: the data; stored bytes stay bytes
 * - README.txt: how to run it
 *
 * Regularizers, constraints, clipping, the learning-rate schedule and frozen variables are part of train.py. Each file is written
 * as a whole or not at all; errors of the model or the optimizer come before the first.
 * @param folder Where the files are written; files of the same names are replaced, others stay.
 * @throws ValueError that lists all that has no counterpart in PyTorch: custom layers and functions, image augmentation,
 * `TableEncoder`, another variant than "pytorch" of an optimizer whose formula differs, several inputs or outputs. ValueError for a
 * model without variables, and for unknown options; DTypeError, ShapeError for data that do not fit; DataError when a file cannot be
 * written; GradusError in browsers.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ name: "dnn", inputShape: [64], layers: [new Dense({ name: "outputs", units: 10 })], seed: 1 });
 * const optimizer = new Adam({ variant: "pytorch" });
 * await fit(model, train, { optimizer, epochs: 1 });
 * await savePyTorch({ model, optimizer, data: train }, "handover");
 * const weights = await loadVariables("handover/weights.npz");
 * weights.get("outputs.weight")?.shape; // [10, 64], as nn.Linear has it
 */
export const savePyTorch = async (contents: PyTorchContents, folder: string): Promise<void> => {
  checkPath("savePyTorch", folder, contents);
  // All values are copied before the first file is written: training may continue meanwhile.
  const files = filesOf(contents);
  // Only the last folder of the path is made.
  await checkFolder(folder);
  for (const [name, bytes] of files) await writeFile(joinPath(folder, name), bytes, { makeFolders: true });
};

/** The bytes of all files, by name. */
const filesOf = (contents: PyTorchContents): ReadonlyMap<string, Uint8Array> => {
  const where = "savePyTorch";
  if (typeof contents !== "object" || contents === null) {
    throw new DTypeError(`${where}: the contents are { model, optimizer, data }, got ${showValue(contents)}.`);
  }
  checkOptions(where, contents, { model: modelRule, optimizer: optimizerRule, data: anything, loss: anything });
  const { model, optimizer, data, loss } = contents;
  checkOption(where, "loss", loss, { words: "a loss of the library", holds: (value) => typeof value === "function" });
  checkVariableNames(where, model);
  if (!model.built) {
    throw new ValueError(
      `${where}: the model must have been built, got "${model.name}" without variables. Give it an inputShape, or call it once.`,
    );
  }
  if (data !== undefined) checkData(where, model, data, loss);
  const training = trainingText(where, model, optimizer, loss);
  const encoder = new TextEncoder();
  const { network } = training;
  return new Map<string, Uint8Array>([
    ["model.py", encoder.encode(modelProgram(network))],
    ["weights.npz", encodeNpz(weightsOf(network, training.optimizer, optimizer))],
    ...(data === undefined ? [] : [["data.npz", encodeNpz(dataOf(data))] as const]),
    ["README.txt", encoder.encode(torchReadme(network, data !== undefined))],
    ["train.py", encoder.encode(trainProgram(training))],
  ]);
};

/** @throws for data that the model or the loss does not take. */
const checkData = (where: string, model: Layer, data: Dataset, loss: unknown): void => {
  checkDataset(where, data);
  const row = data.x.axes.slice(1);
  if (!sameShape(row, model.builtFor ?? [])) {
    throw new ShapeError(
      `${where}: each row of data.x must have the shape that the model was built for, got ${formatRows(row)} instead of ` +
        `${formatRows(model.builtFor ?? [])}. Pass the data that fit trains with.`,
    );
  }
  if (loss === undefined && data.y.dtype !== "int32") {
    throw new DTypeError(
      `${where}: the loss must be named for targets that are not int32 labels, got targets of dtype ${data.y.dtype}. ` +
        "Pass { loss: meanSquaredError }, for example.",
    );
  }
};

/** The parts of train.py. @throws ValueError that lists everything without a counterpart. */
const trainingText = (where: string, model: Layer, optimizer: Optimizer, loss: unknown): TrainingText => {
  const problems: string[] = [];
  const refuse = (what: string): void => {
    if (!problems.includes(what)) problems.push(what);
  };
  const network = networkText(model, refuse);
  for (const { name, dtype } of model.variables) if (dtype !== "float32") refuse(`"${name}" of dtype ${dtype}`);
  const rate = rateText(optimizer.schedule ?? optimizer.learningRate);
  if (!rate) refuse(`the learning-rate schedule (${nameOf(optimizer.schedule)})`);
  const clip = optimizer.clip && clipText(optimizer.clip);
  if (optimizer.clip && !clip) refuse(`the clip (${nameOf(optimizer.clip)})`);
  const losses = lossText(loss ?? softmaxCrossEntropy);
  if (losses === undefined) refuse("a custom loss");
  const torchOptimizer = optimizerText(optimizer, refuse);
  if (problems.length > 0 || !network || !rate || losses === undefined || !torchOptimizer) {
    throw new ValueError(
      `${where}: everything must have a counterpart in PyTorch, got without one: ${problems.join("; ")}. ` +
        "Replace these, or leave them out and add them to model.py or train.py.",
    );
  }
  return { network, optimizer: torchOptimizer, rate, clip, loss: losses };
};

const nameOf = (f: unknown): string => {
  const description = descriptionOf(f);
  return description && !description.isCustom ? description.name : "a custom function";
};

/** The arrays of weights.npz. */
const weightsOf = (
  { parameters }: NetworkText,
  { slots: slotNames, counts, numbers }: OptimizerText,
  optimizer: Optimizer,
): ReadonlyMap<string, Tensor> => {
  const arrays = new Map<string, Tensor>();
  for (const { name, variable, placement } of parameters) arrays.set(name, placed(variable.read(), placement));
  const { step, variables } = optimizer.state(parameters.map(({ variable }) => variable));
  for (const { name, variable, placement } of parameters) {
    const state = variables[variable.name];
    // PyTorch's optimizer has the parameters that are trained.
    if (!state || !variable.trainable) continue;
    const start = `optimizer/${name}/`;
    for (const [slot, value] of Object.entries(state.slots)) {
      if (Object.hasOwn(slotNames, slot)) arrays.set(start + slotNames[slot], placed(value, placement));
    }
    if (counts) arrays.set(`${start}step`, tensor(state.updates, { dtype: "int32" }));
    for (const [slot, value] of Object.entries(numbers?.(state.updates) ?? {})) {
      arrays.set(start + slot, tensor(value, { dtype: "float64" }));
    }
  }
  arrays.set("optimizer/step", tensor(step, { dtype: "int32" }));
  return arrays;
};

/** The arrays of data.npz. The format has no scale for stored bytes, so it is an array beside them. */
const dataOf = ({ x, y, weights }: Dataset): ReadonlyMap<string, Tensor> => {
  const { scale } = x;
  const bytes = scale === undefined ? x : tensor(x.data, { shape: x.shape, dtype: x.dtype });
  return new Map([
    ["x", bytes],
    ...(scale === undefined ? [] : [["x_scale", tensor(scale, { dtype: "float64" })] as const]),
    ["y", y.dtype === "uint8" ? toFloat(y) : y],
    ...(weights === undefined ? [] : [["weights", weights] as const]),
  ]);
};
