import { fileExists } from "#platform";
import { decode } from "../../base/codec.ts";
import { DataError } from "../../base/errors.ts";
import { checkOptions, flag } from "../../base/options.ts";
import { type FileSource, nameOfSource, readSource, withPath } from "../../data/fileSource.ts";
import { decodeSafetensors } from "../../io/formats/safetensors.ts";
import { readJson } from "../../io/model/json.ts";
import { type ModelClass, modelClass, modelOf } from "../../io/model/modelFile.ts";
import { makeOptimizer } from "../../io/model/optimizerFile.ts";
import { restoreRandom } from "../../io/model/randomFile.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { Sequential } from "../../layers/sequential.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { reviveCallback } from "../callbacks/reduceOnPlateau.ts";
import type { History } from "../history/history.ts";
import { makeHistory, trainingReader } from "./checkpointFile.ts";

/** More than any run needs, and less than one array can hold. */
const maxFileBytes = 2 ** 32;

/** The contents of a checkpoint. `fit` takes them as they are: `fit(run.model, train, { ...run, epochs: 20 })`. */
export interface Checkpoint<Model extends Layer = Sequential> {
  /** The model, built from the file. */
  readonly model: Model;
  /** The optimizer, with its step and slots. */
  readonly optimizer: Optimizer;
  /** The history of the run, with its resume position. */
  readonly history: History;
}

/** Options of `loadCheckpoint`. */
export interface LoadCheckpointOptions<Model extends Layer = Sequential> {
  /** Whether a file that does not exist gives undefined instead of an error. Default: false. */
  readonly optional?: boolean;
  /** The class of a model that is not a `Sequential`; it must be registered. Default: `Sequential`. */
  readonly as?: ModelClass<Model>;
}

/**
 * Loads model, optimizer and history of a checkpoint without the code that built them. `fit` resumes training from them.
 * @param source A path (in Node), URL or Response, or the bytes as a Blob, an ArrayBuffer or any typed array.
 * @throws DataError when the file is missing (unless `optional`), damaged, of an unknown version, not a checkpoint, or needs a
 * class or function that is not registered.
 * @example
 * const run = (await loadCheckpoint("none.safetensors", { optional: true })) ?? {
 *   model: new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 7 }),
 *   optimizer: new Adam({ learningRate: 0.01 }),
 * };
 * const { train } = await loadDigits();
 * await fit(run.model, train, { ...run, epochs: 2, callbacks: [checkpoints("run.safetensors", { everySteps: 500 })] });
 */
export function loadCheckpoint<Model extends Layer = Sequential>(
  source: FileSource,
  options: LoadCheckpointOptions<Model> & { readonly optional: true },
): Promise<Checkpoint<Model> | undefined>;
export function loadCheckpoint<Model extends Layer = Sequential>(
  source: FileSource,
  options?: LoadCheckpointOptions<Model> & { readonly optional?: false },
): Promise<Checkpoint<Model>>;
export async function loadCheckpoint<Model extends Layer>(
  source: FileSource,
  options: LoadCheckpointOptions<Model> = {},
): Promise<Checkpoint<Model> | undefined> {
  const { optional, as } = checkOptions("loadCheckpoint", options, { optional: flag, as: modelClass });
  const path = withPath(source);
  if (optional && typeof path === "string" && !(await fileExists(path))) return undefined;
  const where = nameOfSource("loadCheckpoint", source);
  const file = decodeSafetensors(await readSource("loadCheckpoint", source, maxFileBytes), { where });
  const model = modelOf(where, file, as);
  if (file.metadata.training === undefined) {
    throw new DataError(`${where}: the file must be a checkpoint, got a model alone. Read it with loadModel.`);
  }
  const training = decode(where, "training", trainingReader, readJson(where, "training run", file.metadata.training));
  const history = makeHistory(where, training.history, file.tensors);
  const optimizer = makeOptimizer(where, training.optimizer, model, file.tensors);
  reviveCallback(optimizer.schedule);
  restoreRandom(where, model, training.random);
  return { model, optimizer, history };
}
