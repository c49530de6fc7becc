import { fileExists } from "#platform";
import { DataError, ValueError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { checkOptions, type OptionRules, regularExpression } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { type FileSource, nameOfSource, ownSource, readSource, withPath } from "../../data/fileSource.ts";
import { checkForeign } from "../../data/foreignFormat.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isHdf5 } from "../formats/hdf5/hdf5File.ts";
import { readHdf5Variables, readKerasWeights } from "../formats/hdf5/hdf5Variables.ts";
import { decodeNpy, isNpy } from "../formats/npy.ts";
import { readNpz } from "../formats/npz.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { isTable } from "../formats/tensorflow/sstable.ts";
import { readCheckpoint, shardEnding } from "../formats/tensorflow/tensorflowCheckpoint.ts";
import { isZip } from "../formats/zip.ts";
import { checkVersion, isBesideModel, modelTensors } from "../model/formatVersion.ts";

/** The files of a TensorFlow checkpoint, for sources that are not paths. */
export interface CheckpointFiles {
  /** `<prefix>.index`. */
  readonly index: FileSource;
  /** `<prefix>.data-00000-of-0000n` and those that follow, in order. */
  readonly data: readonly FileSource[];
}

/** A source of variables: a file of any of the formats, or the files of a TensorFlow checkpoint. */
export type VariablesSource = FileSource | CheckpointFiles;

/** Options of `loadVariables`. */
export interface LoadVariablesOptions {
  /** Matches the names of the variables to read. The others may have unsupported types. Default: all. */
  readonly match?: RegExp;
  /**
   * The largest allowed size of each file (default: 4 GiB), and of the unpacked arrays of a `.npz` or HDF5 file (default: 1 GiB).
   */
  readonly maxBytes?: number;
}

const rules: OptionRules<LoadVariablesOptions> = {
  match: regularExpression,
  maxBytes: { words: "a number of bytes", holds: (value) => typeof value === "number" && value >= 0 },
};

/** How many bytes a file may have, and how many its unpacked arrays. */
interface Limits {
  readonly file: number;
  readonly unpacked: number;
}

/** The first is more than one array can hold; the second is hundreds of times what usual networks need. */
const defaultLimits: Limits = { file: 2 ** 32, unpacked: 2 ** 30 };

/**
 * Reads variables by name, from
 * - safetensors (from the files of `saveModel` and `saveCheckpoint`, the variables of the model);
 * - NumPy's `.npz` and `.npy` (whose array is named after the file);
 * - TensorFlow V2 checkpoints, by their prefix (`my_model_final.ckpt` of `my_model_final.ckpt.index` and
 *   `my_model_final.ckpt.data-00000-of-00001`), without texts such as TensorFlow 2's graph of objects;
 * - Keras: `.weights.h5`, `.h5` and `.keras`, by the paths of the file (`layers/dense/vars/0` of Keras 3, `dense/kernel` of
 *   Keras 2), without the optimizer; and other HDF5 files, of the parts that h5py writes by default. `loadKeras` of gradus/keras
 *   makes the model, with names.
 *
 * The content decides the format, not the name. float32, float64, int32, uint8 and bool keep their type; float16 and
 * bfloat16 become float32, which holds all their values; whole numbers of other widths become int32, and an error reports
 * those that do not fit. Checksums are verified, and memory is allocated only for bytes that the file has.
 * @param source A path (in Node), URL or Response, or the bytes as a Blob, an ArrayBuffer or any typed array; `{ index, data }`
 * for a checkpoint.
 * @returns The tensors in the order of the file. `model.assign` and `restore` take them by name.
 * @throws DataError when a file is missing, truncated, damaged, of more than `maxBytes`, or of another format; ValueError for
 * a `match` that matches nothing.
 * @example
 * await saveVariables({ "hidden1/bias": tensor([1, 2]) }, "weights.npz");
 * const variables = await loadVariables("weights.npz");
 * variables.get("hidden1/bias")?.toArray(); // [1, 2]
 * const hidden1 = new Dense({ name: "hidden1", units: 2 });
 * const model = new Sequential({ name: "dnn", inputShape: [3], layers: [hidden1] });
 * model.assign(variables, { rename: (name) => `dnn/${name}`, strict: false }).missing; // ["dnn/hidden1/kernel"]
 */
export const loadVariables = async (
  source: VariablesSource,
  options: LoadVariablesOptions = {},
): Promise<ReadonlyMap<string, Tensor>> => {
  checkOptions("loadVariables", options, rules);
  const { match, maxBytes } = options;
  const limits = maxBytes === undefined ? defaultLimits : { file: maxBytes, unpacked: maxBytes };
  const names: string[] = [];
  const isWanted = (name: string): boolean => {
    if (!isBesideModel(name)) names.push(name);
    return !match || name.search(match) >= 0;
  };
  const variables = await readVariables("loadVariables", source, isWanted, limits);
  if (match && variables.size === 0) {
    throw new ValueError(
      `loadVariables: match must match the name of a variable, got ${String(match)}. ${adviseNames("names", match, names)}`,
    );
  }
  return variables;
};

/** Like `loadVariables`, with another name in errors, and a function that selects the variables. */
export const readVariables = async (
  operation: string,
  source: VariablesSource,
  isWanted: (name: string) => boolean,
  limits: Limits = defaultLimits,
): Promise<ReadonlyMap<string, Tensor>> => {
  const maxBytes = limits.file;
  if (isCheckpointFiles(source)) {
    // Read one after the other, while the program may use its arrays again.
    const data = Array.isArray(source.data) ? source.data.map(ownSource) : source.data;
    const where = nameOfSource(operation, source.index);
    const index = await readSource(operation, source.index, maxBytes);
    if (!isTable(index)) checkForeign(where, "the index of a TensorFlow checkpoint", index);
    return readCheckpoint(index, {
      where,
      isWanted,
      readShard: (shard, shards) => readSource(operation, checkShard(operation, data, shard, shards), maxBytes),
    });
  }
  const path = withPath(source);
  if (typeof path === "string") {
    const prefix = await prefixOf(path);
    if (prefix !== undefined) {
      return readCheckpoint(await readSource(operation, `${prefix}.index`, maxBytes), {
        where: `${prefix}.index`,
        isWanted,
        readShard: (shard, shards) => readSource(operation, prefix + shardEnding(shard, shards), maxBytes),
      });
    }
  }
  const bytes = await readSource(operation, source, maxBytes);
  const where = nameOfSource(operation, source);
  const options = { where, isWanted, maxBytes: limits.unpacked };
  if (isHdf5(bytes)) return readHdf5Variables(bytes, options);
  if (isZip(bytes) && isKeras(bytes)) {
    return readHdf5Variables(await readKerasWeights(bytes, where, limits.unpacked), options);
  }
  if (isZip(bytes) && !isPackedModel(bytes)) return readNpz(bytes, options);
  if (isNpy(bytes)) {
    const name = nameOfArray(source);
    return isWanted(name) ? new Map([[name, decodeNpy(bytes, where, name)]]) : new Map();
  }
  if (isTable(bytes)) {
    throw new DataError(
      `${where}: the index of a checkpoint needs its data files, got the index alone. Pass { index, data: [...] }.`,
    );
  }
  const file = readSafetensors(bytes, where, isWanted);
  checkVersion(where, file.metadata);
  return modelTensors(file);
};

/** Whether a source is the files of a TensorFlow checkpoint. */
export const isCheckpointFiles = (source: VariablesSource): source is CheckpointFiles =>
  typeof source === "object" && source !== null && "index" in source;

const beginningOf = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 512), (byte) => String.fromCharCode(byte)).join("");

/** Whether a zip file is one of Keras, which begins with these members. */
const isKeras = (bytes: Uint8Array): boolean =>
  /^[\s\S]{30}(metadata\.json|config\.json|model\.weights\.h5)/.test(beginningOf(bytes));

/** Whether a zip file is one of PyTorch or Excel, whose first members have these names. */
const isPackedModel = (bytes: Uint8Array): boolean =>
  /\/data\.pkl|\/\.format_version|\[Content_Types\]\.xml/.test(beginningOf(bytes));

/** The prefix of a checkpoint that a path names, by itself or with the ending of its index. */
const prefixOf = async (path: string): Promise<string | undefined> => {
  if (path.endsWith(".index")) return path.slice(0, -".index".length);
  return !(await fileExists(path)) && (await fileExists(`${path}.index`)) ? path : undefined;
};

const checkShard = (operation: string, data: readonly FileSource[], shard: number, shards: number): FileSource => {
  if (Array.isArray(data) && data.length === shards) return data[shard];
  throw new DataError(
    `${operation}: data must be a list of the checkpoint's data files, in order (there ${shards === 1 ? "is 1" : `are ${shards}`}), ` +
      `got ${Array.isArray(data) ? `${data.length} of them` : showValue(data)}.`,
  );
};

/** The name of a file without its folder and ending; what NumPy calls an array without a name. */
const nameOfArray = (source: FileSource): string => {
  const name = nameOfSource("", source);
  return name === "" ? "arr_0" : name.replace(/^.*[/\\]/, "").replace(/\.npy$/, "");
};
