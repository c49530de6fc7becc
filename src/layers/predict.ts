import { ShapeError } from "../base/errors.ts";
import { newArray, type TypedArray } from "../tensor/dtype.ts";
import { isEager } from "../tensor/interpret/bind.ts";
import { compiler, modelGeneration } from "../tensor/memory/recorder.ts";
import { currentStep, runStep } from "../tensor/memory/step.ts";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.ts";
import { ownTensor, type Tensor } from "../tensor/tensor.ts";
import type { Layer } from "./base/layer.ts";
import { onlyComputes } from "./base/onlyComputes.ts";

/** Options of `predict`. */
export interface PredictOptions {
  /** The number of rows that are computed at once. Default: 1024, fewer where the layers are wide. */
  readonly batchSize?: number;
}

const mostRows = 1024;
/** Elements of the widest layer's output in one chunk: 4 MiB of float32, which caches hold. */
const mostElements = 2 ** 20;

/** The number of rows that are computed at once. */
export const rowsPerChunk = (widestRow: number): number =>
  Math.max(1, Math.min(mostRows, Math.floor(mostElements / Math.max(widestRow, 1))));

/**
 * The output for every row, computed chunk by chunk: each chunk is a step, and the next step uses its memory again. Stored
 * bytes become floats one chunk at a time. Inside of a step, or where operations are recorded (a gradient, a run on
 * shapes), there is one chunk.
 */
export const predictInChunks = (model: Layer, x: Tensor, batchSize: number): Tensor => {
  if (currentStep() || !isEager()) return model.call(x);
  const rows = x.axes[0];
  const rowSize = sizeOf(x.axes.slice(1));
  const source = rows > batchSize ? (x.storage.array ?? x.data) : undefined;
  const outputs = new OutputRows("predict", model, rows);
  for (let first = 0; first === 0 || first < rows; first += batchSize) {
    const count = Math.min(batchSize, rows - first);
    const chunk = source ? rowsOf(x, source.subarray(first * rowSize, (first + count) * rowSize), count) : x;
    predictChunk(model, chunk, (y) => outputs.set(y, first, count));
  }
  return outputs.tensor;
};

/**
 * Several outputs for every row of several inputs, computed chunk by chunk as `predictInChunks` does.
 * @param compute Computes the outputs of a chunk.
 */
export const predictSeveral = (
  model: Layer,
  inputs: readonly Tensor[],
  batchSize: number,
  compute: (chunk: readonly Tensor[]) => readonly Tensor[],
): readonly Tensor[] => {
  if (currentStep() || !isEager()) return compute(inputs);
  const rows = inputs[0].axes[0];
  const sources = inputs.map((x) => x.storage.array ?? x.data);
  let outputs: readonly OutputRows[] | undefined;
  for (let first = 0; first === 0 || first < rows; first += batchSize) {
    const count = Math.min(batchSize, rows - first);
    const chunk = inputs.map((x, index) => {
      const rowSize = sizeOf(x.axes.slice(1));
      return rowsOf(x, sources[index].subarray(first * rowSize, (first + count) * rowSize), count);
    });
    runStep(
      () => compute(chunk),
      (values) => {
        outputs ??= values.map(() => new OutputRows("predict", model, rows));
        for (const [index, value] of values.entries()) outputs[index].set(value, first, count);
      },
    );
  }
  return outputs!.map(({ tensor }) => tensor);
};

/** Computes a few rows as a step, or replays how rows of that number were computed. `finish` must copy what it needs. */
export const predictChunk = (model: Layer, x: Tensor, finish: (y: Tensor) => void): void => {
  const replayed = x.size <= mostReplayed ? replayable(model) : undefined;
  if (replayed) finish(replayed(x));
  else runStep(() => model.call(x), finish);
};

/** Elements of an input up to which the way to the kernels takes a good part of the time, and their memory is small. */
const mostReplayed = 2 ** 14;

interface Replayable {
  /** The call of the model; undefined where it holds custom layers. */
  readonly call: ((x: Tensor) => Tensor) | undefined;
  /** When that was found out: models that were made or changed since may belong to this one. */
  readonly generation: number;
}

const replayables = new WeakMap<Layer, Replayable>();

/** The call of a model as a function that is recorded, where the program compiles anything; undefined for custom layers. */
const replayable = (model: Layer): ((x: Tensor) => Tensor) | undefined => {
  const compile = compiler();
  if (!compile || !model.built) return undefined;
  const known = replayables.get(model);
  const generation = modelGeneration();
  if (known?.generation === generation) return known.call;
  const call = onlyComputes(model) ? (known?.call ?? compile((x: Tensor) => model.call(x))) : undefined;
  replayables.set(model, { call, generation });
  return call;
};

/** Some rows of a tensor, without a copy: tensors do not change. */
const rowsOf = (x: Tensor, array: TypedArray, count: number): Tensor =>
  ownTensor([count, ...x.axes.slice(1)], x.dtype, array, x.scale);

/** The outputs of a model for rows that it gets chunk by chunk, in one tensor. */
export class OutputRows {
  readonly #operation: string;
  readonly #model: Layer;
  readonly #rows: number;
  #tensor: Tensor | undefined;

  constructor(operation: string, model: Layer, rows: number) {
    this.#operation = operation;
    this.#model = model;
    this.#rows = rows;
  }

  /**
   * Copies the output for `count` rows, the first of which is row `first`.
   * @throws ShapeError when the output has another number of rows, or rows of another shape than before.
   */
  set(y: Tensor, first: number, count: number): void {
    const row = y.axes.slice(1);
    const size = sizeOf(row);
    this.#tensor ??= ownTensor([this.#rows, ...row], y.dtype, newArray(y.dtype, this.#rows * size), y.scale);
    if (y.axes[0] !== count || !sameShape(row, this.#tensor.axes.slice(1))) {
      throw new ShapeError(
        `${this.#model.path}: ${this.#operation} needs a model that outputs one row for each row of its input, ` +
          `got shape ${formatShape(y.axes)} for ${count} rows. Use call for others.`,
      );
    }
    this.#tensor.storage.view().set(y.storage.view(), first * size);
  }

  /** All rows, after the last chunk. */
  get tensor(): Tensor {
    return this.#tensor!;
  }
}
