import type { PlainOptions } from "../../base/plainOptions.ts";
import type { TrainingData } from "../../data/batchSource.ts";
import { isDataset } from "../../data/dataset.ts";
import { listTensors } from "../../data/tensorOrNamed.ts";
import { Sequential } from "../../layers/sequential.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { getBackend } from "../../tensor/interpret/backend.ts";
import { formatShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { TrainingRun } from "../../train/callbacks/callback.ts";
import type { SetupInspection } from "../../train/history/inspection.ts";

/** What is trained, on what, and how. */
export const inspectSetup = (
  run: TrainingRun,
  { classNames }: { readonly classNames?: readonly string[] },
): SetupInspection => {
  const { model, optimizer, train, validation, epochs, batches } = run;
  const facts: [string, string][] = [
    ["training data", described(train)],
    ["validation data", validation === undefined ? "none" : described(validation)],
    ["epochs", String(epochs)],
    ["steps in an epoch", batches === undefined ? "as many as come" : String(batches)],
    ["optimizer", optimizer.name],
    ...optionsOf(optimizer),
    ["parameters", String(model.variables.reduce((sum, { size }) => sum + size, 0))],
    ["backend", getBackend()],
  ];
  return {
    model: model.path,
    ...(model instanceof Sequential ? { summary: model.summary() } : {}),
    ...(classNames ? { classNames } : {}),
    facts,
  };
};

const described = (data: TrainingData): string => {
  if (!isDataset(data)) return "batches from a source";
  const { name, size, x } = data;
  const inputs = listTensors("x", x).map(
    ([input, { axes }]) => `${x instanceof Tensor ? "" : `${input} `}${formatShape(axes.slice(1))}`,
  );
  return `${name === undefined ? "" : `${name}: `}${size} examples of ${inputs.join(", ")}`;
};

/** The options of an optimizer; only the learning rate if one of them is a function without a name. */
const optionsOf = (optimizer: Optimizer): readonly [string, string][] => {
  let options: PlainOptions;
  try {
    options = optimizer.config();
  } catch {
    return [["learningRate", String(optimizer.learningRate)]];
  }
  return Object.entries(options).map(([name, value]) => [name, shown(value)]);
};

/** `0.01`, `clipByValue(low -1, high 1)` */
const shown = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  const list = (options: object): string =>
    Object.entries(options)
      .map(([name, value]) => `${name} ${shown(value)}`)
      .join(", ");
  if ("function" in value && "options" in value) return `${value.function}(${list(value.options as object)})`;
  return `{ ${list(value)} }`;
};
