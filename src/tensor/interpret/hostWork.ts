import { bytesOf, type DType, newArray, type TypedArray } from "../dtype.ts";
import { recorder } from "../memory/recorder.ts";
import { currentStep } from "../memory/step.ts";
import { Storage } from "../memory/storage.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { ownTensor, Tensor } from "../tensor.ts";

/**
 * What a step does on the host, beside its operations: it counts, draws random numbers, and asks whether values are finite. Said
 * with these functions, it is done again when a recorded step is replayed; without a recording it is done at once.
 */

/** Does something that a replay does again. `undo` takes it back when the replay ends early: the step is then done anew. */
export const perform = (action: () => void, undo?: () => void): void => {
  const recording = recorder();
  if (recording) recording.perform(action, undo);
  else action();
};

/** Asks something on which the rest of the step depends. A replay asks again; it ends early where the answer is another. */
export const decide = <Answer>(question: () => Answer): Answer => {
  const recording = recorder();
  return recording ? recording.decide(question) : question();
};

/** Runs the body as if nothing were recorded: to find out why a step fails. */
export const unrecorded = <Result>(body: () => Result): Result => {
  const recording = recorder();
  return recording ? recording.pause(body) : body();
};

/**
 * The same elements as another tensor, for custom code that runs within `perform` and may keep it: a replay finds the
 * tensor itself where it was.
 */
export const lent = (tensor: Tensor): Tensor =>
  !tensor.storage.array && tensor.storage.step?.isRecorded ? sameElements(tensor) : tensor;

/** Another tensor with the same elements, in the same memory. */
export const sameElements = ({ axes: shape, dtype, scale, storage }: Tensor): Tensor => {
  storage.check();
  const own = new Storage(dtype, storage.size, storage.array, storage.address, storage.step);
  own.borrowed = storage.borrowed;
  return new Tensor(shape, dtype, own, scale);
};

/** A tensor whose elements the host writes, in each replay anew. */
export const hostTensor = (
  shape: Shape,
  dtype: DType,
  write: (elements: TypedArray) => void,
  undo?: () => void,
): Tensor => {
  const size = sizeOf(shape);
  const recording = recorder();
  if (!recording) {
    const array = newArray(dtype, size);
    write(array);
    return ownTensor(shape, dtype, array);
  }
  const storage = new Storage(dtype, size, undefined, recording.constant(size * bytesOf(dtype)), currentStep());
  recording.perform(() => write(storage.elements()), undo);
  return new Tensor(shape, dtype, storage);
};
