import { writeFile } from "#platform";
import { checkPath } from "../../base/checkPath.ts";
import { DTypeError } from "../../base/errors.ts";
import { checkOption, instanceOf, type OptionRule, required } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { encodeSafetensors } from "../../io/formats/safetensors.ts";
import { writeJson } from "../../io/model/json.ts";
import { modelMetadata, modelRule, namedValues } from "../../io/model/modelFile.ts";
import { describeOptimizer } from "../../io/model/optimizerFile.ts";
import { describeRandom } from "../../io/model/randomFile.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { History } from "../history/history.ts";
import { describeHistory, type TrainingRecord } from "./checkpointFile.ts";

/** The contents of a checkpoint: all that training needs to resume. A `TrainingRun`, as callbacks get it, has these fields. */
export interface CheckpointContents {
  /** The model. */
  readonly model: Layer;
  /** Its optimizer. */
  readonly optimizer: Optimizer;
  /** The history of `fit`, or of a callback's run, with its resume position. Default: an empty history. */
  readonly history?: History;
}

/**
 * Writes a checkpoint into a safetensors file: what `saveModel` writes, the optimizer with its options (the schedule too),
 * its step and the slots of each variable by its name, the states of random streams, the history with its resume position,
 * and the states of callbacks. A run that resumes from it gives the same bits as a run that never stopped. A reader sees the
 * old file or the new one, never a part, even when the process is killed. All values are copied at once: training may
 * continue while the file is written.
 * @throws ValueError as `saveModel` does, and for a custom schedule or clip that is not registered; DataError when the file
 * cannot be written; GradusError in browsers (`encodeCheckpoint` makes the bytes).
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const optimizer = new Adam({ learningRate: 0.01 });
 * const history = await fit(model, train, { optimizer, epochs: 1 });
 * await saveCheckpoint({ model, optimizer, history }, "run.safetensors");
 * const run = await loadCheckpoint("run.safetensors");
 * (await fit(run.model, train, { ...run, epochs: 3 })).epochs.length; // 3
 */
export const saveCheckpoint = async (contents: CheckpointContents, path: string): Promise<void> => {
  checkPath("saveCheckpoint", path, contents);
  await writeFile(path, encode("saveCheckpoint", contents));
};

/**
 * The bytes of the file that `saveCheckpoint` writes, for a download, IndexedDB or a request.
 * @throws ValueError as `saveCheckpoint` does.
 * @example
 * const model = new Sequential({ inputShape: [2], layers: [new Dense({ units: 1 })] });
 * const bytes = encodeCheckpoint({ model, optimizer: new SGD({ learningRate: 0.1 }) });
 * (await loadCheckpoint(bytes)).optimizer.learningRate; // 0.1
 */
export const encodeCheckpoint = (contents: CheckpointContents): Uint8Array<ArrayBuffer> =>
  encode("encodeCheckpoint", contents);

const optimizerRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ instanceOf("an optimizer", Optimizer));

const historyRule: OptionRule = { words: "a History, as fit returns it", holds: (value) => value instanceof History };

const encode = (operation: string, contents: CheckpointContents): Uint8Array<ArrayBuffer> => {
  if (typeof contents !== "object" || contents === null) {
    throw new DTypeError(`${operation}: the contents are { model, optimizer, history }, got ${showValue(contents)}.`);
  }
  const { model, optimizer, history = new History() } = contents;
  checkOption(operation, "model", model, modelRule);
  checkOption(operation, "optimizer", optimizer, optimizerRule);
  checkOption(operation, "history", history, historyRule);
  const tensors = namedValues(operation, model);
  const training: TrainingRecord = {
    optimizer: describeOptimizer(operation, optimizer, model, tensors),
    random: describeRandom(model),
    history: describeHistory(history, tensors),
  };
  const metadata = { ...modelMetadata(operation, model), training: writeJson(operation, "training run", training) };
  return encodeSafetensors(tensors, { metadata }) as Uint8Array<ArrayBuffer>;
};
