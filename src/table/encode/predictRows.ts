import { ShapeError, ValueError } from "../../base/errors.ts";
import { checkOption, checkOptions, oneOf } from "../../base/options.ts";
import { modelRule } from "../../io/model/modelFile.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { EncodedTarget } from "../../layers/preprocessing/tableColumns.ts";
import { TableEncoder } from "../../layers/preprocessing/tableEncoder.ts";
import { Sequential } from "../../layers/sequential.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { absent, type EncodeRowsOptions, encodeFor, type Rows } from "./encodeRows.ts";

/** Options of `predictRows`. */
export interface PredictRowsOptions extends EncodeRowsOptions {
  /**
   * The outputs of the model for classes: scores (logits), or probabilities, which are divided by their sum. Default:
   * "probabilities" where its last layer ends with softmax or sigmoid, else "scores".
   */
  readonly outputs?: "scores" | "probabilities";
}

/** What is predicted for a row, under the name of the target: a class, true or false, or a number. */
export type Prediction<Target extends string = string, Value = string | number | boolean> = {
  readonly [Name in Target]: Value;
} & {
  /** How probable the model takes each class to be; there unless the target is a number. */
  readonly probabilities?: Readonly<Record<string, number>>;
};

/**
 * What a model predicts for rows, in the words of the table that it was trained on: `{ species: "setosa", probabilities: {
 * setosa: 0.99, ... } }`, or `{ price: 12.5 }` in the units of the column. Of a class it is the most probable, of several the
 * first. The model needs nothing but itself: one that `loadModel` gives is as good.
 * @param model A `Sequential` whose first layer is a `TableEncoder` with a target.
 * @param rows Plain objects, or a table; what `encodeRows` says of them holds here.
 * @throws ValueError as `encodeRows` does, and for a model without encoder or target, or with outputs that are not finite, or
 * not probabilities where they should be; ShapeError for outputs other than one score for each class, or one number. Of two
 * classes, or true and false, one score is enough: that of the second class, or of true.
 * @example
 * const table = tableOf([{ size: 2, kind: "plum" }, { size: 3, kind: "plum" }, { size: 8, kind: "pear" }]);
 * const encoder = tableEncoder(table, { target: "kind" });
 * const layers = [encoder, new Dense({ units: 2 })];
 * const model = new Sequential({ inputShape: encoder.inputShape, layers, seed: 1 });
 * await fit(model, tableDataset(table, encoder), { optimizer: new Adam({ learningRate: 0.1 }), epochs: 50, batchSize: 3 });
 * predictRows<"kind">(model, [{ size: 2.5 }])[0].kind; // "plum"
 */
export const predictRows = <Target extends string = string, Value = string | number | boolean>(
  model: Sequential,
  rows: Rows,
  options: PredictRowsOptions = {},
): Prediction<Target, Value>[] => {
  checkOptions("predictRows", options, { outputs: oneOf("scores", "probabilities"), absent });
  checkOption("predictRows", "the model", model, modelRule);
  const { outputs = outputsOf(model) } = options;
  const encoder = encoderOf(model);
  const target = encoder?.target;
  if (!encoder || !target) {
    const got = encoder ? "an encoder without target" : "none";
    throw new ValueError(
      `predictRows: the model must begin with a TableEncoder that knows its target, got ${got} in "${model.name}". ` +
        "Make one with tableEncoder(train, { target }).",
    );
  }
  const x = encodeFor("predictRows", encoder, rows, options);
  const y = model.predict(x);
  const count = x.shape[0];
  const values = y.data;
  for (let index = 0; index < values.length; index++) {
    if (Number.isFinite(values[index])) continue;
    throw new ValueError(
      `predictRows: the outputs of a model must be finite, got ${values[index]} for row ${Math.floor((index * count) / values.length)}. ` +
        "Check that it was trained, and that the row is not far from what it was trained on.",
    );
  }
  const read = target.type === "number" ? numbersOf(model, y, target) : classesOf(model, y, target, outputs);
  return Array.from({ length: count }, (_, row) => read(row) as unknown as Prediction<Target, Value>);
};

/** The kind of outputs, judged by the activation of the last layer. */
const outputsOf = (model: Layer): "scores" | "probabilities" =>
  ["softmax", "sigmoid"].includes(model.lastActivation?.name ?? "") ? "probabilities" : "scores";

/** The encoder that a model begins with. */
const encoderOf = (model: Layer): TableEncoder | undefined => {
  if (model instanceof TableEncoder) return model;
  return model instanceof Sequential ? encoderOf(model.layers[0]) : undefined;
};

const numbersOf = (
  model: Layer,
  y: Tensor,
  { name, mean, deviation }: EncodedTarget & { readonly type: "number" },
): ((row: number) => object) => {
  if (y.size !== y.shape[0]) throw wrongOutput(model, y, `one number for each row, as "${name}" is a number`, 1);
  const values = y.data;
  return (row) => Object.fromEntries([[name, values[row] * deviation + mean]]);
};

const classesOf = (
  model: Layer,
  y: Tensor,
  target: Exclude<EncodedTarget, { readonly type: "number" }>,
  outputs: "scores" | "probabilities",
): ((row: number) => object) => {
  const classes: readonly string[] = target.type === "boolean" ? ["false", "true"] : target.classes;
  const width = classes.length;
  const isAnswer = width === 2 && y.rank === 2 && y.shape[1] === 1;
  if (!isAnswer && (y.rank !== 2 || y.shape[1] !== width)) {
    throw wrongOutput(model, y, `a score for each of the ${width} classes of "${target.name}"`, width);
  }
  // One score says how much more likely the second class is.
  const ofFirst = (score: number): number => (outputs === "probabilities" ? 1 - score : 0);
  const values = isAnswer ? Array.from(y.data).flatMap((score) => [ofFirst(score), score]) : y.data;
  if (outputs === "probabilities") checkProbabilities(model, values, width);
  return (row) => {
    const scores = Array.from({ length: width }, (_, label) => values[row * width + label]);
    const highest = Math.max(...scores);
    const powers = scores.map((score) => (outputs === "scores" ? Math.exp(score - highest) : Math.max(score, 0)));
    const sum = powers.reduce((total, power) => total + power, 0);
    const best = classes[scores.indexOf(highest)];
    const probabilities = Object.fromEntries(classes.map((name, label) => [name, powers[label] / sum]));
    return Object.fromEntries([
      [target.name, target.type === "boolean" ? best === "true" : best],
      ["probabilities", probabilities],
    ]);
  };
};

/** How far rounding may bring a probability below 0 or above 1. */
const rounding = 1e-6;

/** Refuses outputs that are not probabilities: scores, divided by their sum, would look like some. */
const checkProbabilities = (model: Layer, values: ArrayLike<number>, width: number): void => {
  const refuse = (rule: string, got: string, index: number): ValueError =>
    new ValueError(
      `predictRows: ${rule}, got ${got} for row ${Math.floor(index / width)} from "${model.name}". ` +
        'Pass { outputs: "scores" } if these are scores (logits).',
    );
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value < -rounding || value > 1 + rounding) {
      throw refuse("probabilities must lie from 0 to 1", String(value), index);
    }
    sum = (index % width === 0 ? 0 : sum) + Math.max(value, 0);
    if (index % width === width - 1 && sum === 0) {
      throw refuse("some class must have a probability above 0", "0 for all of them", index);
    }
  }
};

const wrongOutput = (model: Layer, y: Tensor, expected: string, units: number): ShapeError =>
  new ShapeError(
    `predictRows: ${model.name} must output ${expected}, got shape ${formatShape(y.shape)}. End it with new Dense({ units: ${units} }).`,
  );
