import { ShapeError } from "../base/errors.ts";
import { newArray, type TypedArray } from "../tensor/dtype.ts";
import { isEager } from "../tensor/interpret/bind.ts";
import { currentStep, runStep } from "../tensor/memory/step.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";
import { ownTensor, type Tensor } from "../tensor/tensor.ts";
import type { Layer } from "./base/layer.ts";

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
  const rows = x.shape[0];
  const rowSize = sizeOf(x.shape.slice(1));
  const source = rows > batchSize ? (x.storage.array ?? x.data) : undefined;
  let result: { readonly array: TypedArray; readonly like: Tensor; readonly size: number } | undefined;
  for (let first = 0; first === 0 || first < rows; first += batchSize) {
    const count = Math.min(batchSize, rows - first);
    const chunk = source ? rowsOf(x, source.subarray(first * rowSize, (first + count) * rowSize), count) : x;
    runStep(
      () => model.call(chunk),
      (y) => {
        checkRows(model, y, count);
        const size = sizeOf(y.shape.slice(1));
        result ??= { array: newArray(y.dtype, rows * size), like: y, size };
        result.array.set(y.storage.view(), first * result.size);
      },
    );
  }
  const { array, like } = result as NonNullable<typeof result>;
  return ownTensor([rows, ...like.shape.slice(1)], like.dtype, array, like.scale);
};

/** Some rows of a tensor, without a copy: tensors do not change. */
const rowsOf = (x: Tensor, array: TypedArray, count: number): Tensor =>
  ownTensor([count, ...x.shape.slice(1)], x.dtype, array, x.scale);

const checkRows = (model: Layer, y: Tensor, rows: number): void => {
  if (y.shape[0] === rows) return;
  throw new ShapeError(
    `${model.path}: predict needs a model that outputs one row for each row of its input, got shape ${formatShape(y.shape)} ` +
      `for ${rows} rows. Use call for others.`,
  );
};
