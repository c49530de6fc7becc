import { NonFiniteError } from "../../base/errors.ts";
import type { TrainingData } from "../../data/batchSource.ts";
import { isDataset } from "../../data/dataset.ts";
import type { AnyBatch } from "../../data/minibatches.ts";
import { listTensors, type TensorOrNamed } from "../../data/tensorOrNamed.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { explainedLabel } from "../evaluate/explainedLabel.ts";
import { firstNonFinite } from "../evaluate/nonFiniteExample.ts";
import { knownCause } from "./likelyCauses.ts";

/**
 * The error of a step that came to numbers which are not finite, with what `fit` knows beyond it: whether the batch held
 * such numbers, and the example of the data set; and what operations that give such numbers usually mean. And that of
 * a label that the model has no score for.
 */
export const explained = (
  error: unknown,
  {
    batch,
    train,
    predictions,
  }: { readonly batch: AnyBatch; readonly train: TrainingData; readonly predictions?: TensorOrNamed },
): unknown => {
  if (!(error instanceof NonFiniteError)) {
    const placeOf = (label: number, row: number, y: Tensor): string => {
      if (!isDataset(train)) return `example ${row} of the batch`;
      const labels = targetLike(batch, y, train.y);
      return `example ${labels.storage.view().indexOf(label)} of ${train.name ?? "the training data"}`;
    };
    return explainedLabel(error, { operation: "fit", predictions, y: batch.y, placeOf });
  }
  const { step, variable, origin } = error;
  const all = isDataset(train) ? new Map([...listTensors("x", train.x), ...listTensors("y", train.y)]) : undefined;
  for (const [name, tensor] of [...listTensors("x", batch.x), ...listTensors("y", batch.y)]) {
    const inBatch = firstNonFinite(tensor);
    if (!inBatch) continue;
    const whole = all?.get(name);
    const inData = whole && firstNonFinite(whole);
    const { row, element, value } = inData ?? inBatch;
    const where = inData ? `of ${(isDataset(train) ? train.name : undefined) ?? "the training data"}` : "of the batch";
    const place = `example ${row} ${where} (element ${element} of its ${name})`;
    return new NonFiniteError(
      `fit: the data must be finite, got ${value} in ${place}, for which step ${step} failed. Nothing was updated. ` +
        "Leave such examples out, or replace the missing values.",
      { step, variable, origin, likelyCause: `the data hold ${value} in ${place}`, cause: error },
    );
  }
  const known = origin && knownCause(origin);
  // Numbers that have grown too large are explained best by losses that had risen.
  if (!known || (known.isOverflow && error.likelyCause?.includes("learning rate"))) return error;
  const { likelyCause, fix } = known;
  const [head] = error.message.split(causeBegins);
  const message = `${head}${causeBegins}${likelyCause}. ${fix}`;
  return new NonFiniteError(message, { step, variable, origin, likelyCause, cause: error });
};

/** The target of the whole data that a target of the batch is a part of. */
const targetLike = (batch: AnyBatch, y: Tensor, whole: TensorOrNamed): Tensor => {
  const index = listTensors("y", batch.y).findIndex(([, tensor]) => tensor === y);
  return listTensors("y", whole)[index][1];
};

const causeBegins = "Likely cause: ";
