import { fileExists } from "#platform";
import { DataError, ValueError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { showValue } from "../../base/showValue.ts";
import { type FileSource, nameOfSource, ownSource, readSource, withPath } from "../../data/fileSource.ts";
import { checkForeign } from "../../data/foreignFormat.ts";
import { isTable } from "../../io/formats/tensorflow/sstable.ts";
import { readCheckpoint, shardEnding } from "../../io/formats/tensorflow/tensorflowCheckpoint.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The three files of a checkpoint of TensorFlow 1, for sources that are not paths. */
export interface MetaGraphFiles {
  /** `<prefix>.meta`: the graph. */
  readonly meta: FileSource;
  /** `<prefix>.index`: the names and places of the variables. */
  readonly index: FileSource;
  /** `<prefix>.data-00000-of-0000n`, and those that follow, in order. */
  readonly data: FileSource | readonly FileSource[];
}

/** The prefix that the three files share, or the name of one of them; or the files. */
export type MetaGraphSource = string | URL | MetaGraphFiles;

/** One array holds at most this much. */
const maxBytes = 2 ** 32;

/** The files of a source. */
export interface MetaFiles {
  /** The `.meta`, for errors. */
  readonly where: string;
  readonly meta: Uint8Array;
  /** Reads variables. @throws DataError for a name that the checkpoint does not have, with those most like it. */
  readonly variables: (names: readonly string[]) => Promise<ReadonlyMap<string, Tensor>>;
}

/** Finds the files, and reads the first of them. @throws DataError for one that is missing. */
export const openMetaFiles = async (operation: string, source: MetaGraphSource): Promise<MetaFiles> => {
  const { meta, index, shard } = await locate(operation, source);
  const bytes = await readSource(operation, meta, maxBytes);
  const where = nameOfSource(operation, meta);
  const variables = async (names: readonly string[]): Promise<ReadonlyMap<string, Tensor>> => {
    if (names.length === 0) return new Map();
    const table = await readSource(operation, index, maxBytes);
    const place = nameOfSource(operation, index);
    if (!isTable(table)) checkForeign(place, "the index of a TensorFlow checkpoint", table);
    const wanted = new Set(names);
    const all: string[] = [];
    const read = await readCheckpoint(table, {
      where: place,
      isWanted: (name) => {
        all.push(name);
        return wanted.has(name);
      },
      readShard: (number, count) => readSource(operation, shard(number, count), maxBytes),
    });
    const missing = names.find((name) => !read.has(name));
    if (missing === undefined) return read;
    throw new DataError(
      `${place}: the checkpoint must have every variable of the graph, got none "${missing}". ${adviseNames("variables", missing, all)}`,
    );
  };
  return { where, meta: bytes, variables };
};

interface Located {
  readonly meta: FileSource;
  readonly index: FileSource;
  readonly shard: (number: number, count: number) => FileSource;
}

const locate = async (operation: string, source: MetaGraphSource): Promise<Located> => {
  if (typeof source === "object" && source !== null && !(source instanceof URL)) return ofFiles(operation, source);
  const place = typeof source === "string" || source instanceof URL ? withPath(source) : undefined;
  if (place instanceof URL) {
    const at = (ending: string): URL => {
      const url = new URL(place);
      url.pathname = prefixOf(url.pathname) + ending;
      return url;
    };
    return { meta: at(".meta"), index: at(".index"), shard: (number, count) => at(shardEnding(number, count)) };
  }
  if (typeof place !== "string" || place === "") {
    throw new ValueError(
      `${operation}: a checkpoint must be the prefix of its files, a URL, or { meta, index, data }, got ${showValue(source)}.`,
    );
  }
  const prefix = prefixOf(place);
  await checkFiles(operation, prefix);
  return {
    meta: `${prefix}.meta`,
    index: `${prefix}.index`,
    shard: (number, count) => prefix + shardEnding(number, count),
  };
};

/** The prefix of a path that names one of the files, or the prefix itself. */
const prefixOf = (path: string): string => path.replace(/\.(meta|index|data-\d{5}-of-\d{5})$/, "");

const checkFiles = async (operation: string, prefix: string): Promise<void> => {
  const missing: string[] = [];
  for (const ending of [".meta", ".index"]) if (!(await fileExists(prefix + ending))) missing.push(prefix + ending);
  if (missing.length === 0) return;
  const isOld = await fileExists(prefix);
  const advice = isOld
    ? `A single file "${prefix}" may be of version 1 of checkpoints: save it again with tf.train.Saver(write_version=2).`
    : missing.length === 1
      ? "Copy it there: tf.train.Saver writes all of them."
      : "Pass what the names of its files begin with, such as my_model_final.ckpt.";
  throw new DataError(
    `${operation}: a checkpoint of TensorFlow 1 has the files .meta, .index and .data side by side, got no ${missing.join(" and no ")}. ${advice}`,
  );
};

const ofFiles = (operation: string, source: MetaGraphFiles): Located => {
  const missing = (["meta", "index", "data"] as const).find((name) => source[name] === undefined);
  const unknown = Object.keys(source).find((name) => !["meta", "index", "data"].includes(name));
  if (missing || unknown) {
    throw new ValueError(
      `${operation}: the files are { meta, index, data }, got ${missing ? `no ${missing}` : `"${unknown}"`}.`,
    );
  }
  // Read one after the other, while the program may use its arrays again.
  const list = Array.isArray(source.data) ? (source.data as readonly FileSource[]) : [source.data as FileSource];
  const [meta, index, data] = [ownSource(source.meta), ownSource(source.index), list.map(ownSource)];
  const shard = (number: number, count: number): FileSource => {
    if (data.length === count) return data[number];
    throw new DataError(
      `${operation}: data must have the checkpoint's data files, in order (there ${count === 1 ? "is 1" : `are ${count}`}), got ${data.length} of them.`,
    );
  };
  return { meta, index, shard };
};
