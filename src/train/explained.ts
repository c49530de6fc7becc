import { isDataset, type TrainingData } from "../data/batchSource.ts";
import type { Batch } from "../data/minibatches.ts";
import { isFloat } from "../tensor/dtype.ts";
import { NonFiniteError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The error of a step that came to numbers which are not finite, with what `fit` knows beyond it: whether the batch held
 * such numbers, and in which example of the data set.
 */
export const explained = (error: unknown, batch: Batch, train: TrainingData): unknown => {
  if (!(error instanceof NonFiniteError)) return error;
  for (const name of ["x", "y"] as const) {
    const found = firstBad(batch[name]);
    if (!found) continue;
    const whole = isDataset(train) ? firstBad(train[name]) : undefined;
    const { row, element, value } = whole ?? found;
    const where = whole ? `of ${(isDataset(train) ? train.name : undefined) ?? "the training data"}` : "of the batch";
    const likelyCause = `${name} ${where} holds ${value} in example ${row} (element ${element} of it)`;
    return new NonFiniteError(
      `fit: the data must be finite, got ${value} in example ${row} ${where} (element ${element} of its ${name}), for which ` +
        `step ${error.step ?? "?"} failed. Nothing was updated. Leave such examples out, or replace the missing values.`,
      { step: error.step, variable: error.variable, operation: error.operation, likelyCause, cause: error },
    );
  }
  return error;
};

const firstBad = (
  x: Tensor,
): { readonly row: number; readonly element: number; readonly value: number } | undefined => {
  if (!isFloat(x.dtype)) return undefined;
  const values = x.storage.view();
  const index = values.findIndex((value: number) => !Number.isFinite(value));
  if (index < 0) return undefined;
  const width = values.length / x.shape[0];
  return { row: Math.floor(index / width), element: index % width, value: values[index] };
};
