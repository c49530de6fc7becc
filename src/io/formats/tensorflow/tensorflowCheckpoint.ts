import { DataError } from "../../../base/errors.ts";
import { formatShape, sizeOf } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { crc32c, maskCrc } from "../crc.ts";
import { bytesOfElement, decodeElements, type ElementType } from "../elements.ts";
import { damagedIndex } from "./sstable.ts";
import { type CheckpointEntry, readCheckpointIndex } from "./tensorflowIndex.ts";
import { tensorflowTypes } from "./tensorflowTypes.ts";

/** The type of text, such as the graph of objects that TensorFlow 2 saves with the variables. */
const textType = 7;

/** The end of a shard's name: `.data-00000-of-00001`. */
export const shardEnding = (shard: number, shards: number): string =>
  `.data-${String(shard).padStart(5, "0")}-of-${String(shards).padStart(5, "0")}`;

/** Options of `readCheckpoint`. */
export interface CheckpointOptions {
  readonly where: string;
  readonly isWanted: (name: string) => boolean;
  /** Returns the bytes of a shard; called once for each shard that is needed. */
  readonly readShard: (shard: number, shards: number) => Promise<Uint8Array>;
}

/**
 * Reads the variables of a TensorFlow V2 checkpoint (`tf.train.Saver`, `tf.train.Checkpoint`). The checksums of the index
 * and of every tensor are verified. Text, which only describes variables, is left out.
 * @throws DataError for a damaged file, for wanted variables that were partitioned, and for types that are not numeric.
 */
export const readCheckpoint = async (
  index: Uint8Array,
  { where, isWanted, readShard }: CheckpointOptions,
): Promise<Map<string, Tensor>> => {
  const { shards, littleEndian, entries } = readCheckpointIndex(index, where);
  const wanted = entries
    .filter(({ name, dtype }) => dtype !== textType && isWanted(name))
    .map((entry) => ({ ...entry, type: checkType(entry, where) }));
  checkPositions(wanted, shards, where);
  const tensors = new Map<string, Tensor>();
  // Shard by shard, so that only one is in memory.
  for (const shard of new Set(wanted.map((entry) => entry.shard))) {
    const data = await readShard(shard, shards);
    for (const entry of wanted) {
      if (entry.shard === shard) tensors.set(entry.name, tensorOf(entry, data, littleEndian, where));
    }
  }
  return new Map(wanted.map(({ name }) => [name, tensors.get(name) as Tensor]));
};

/** An entry of a type that is known here. */
type TypedEntry = CheckpointEntry & { readonly type: ElementType };

/** No byte may belong to two tensors: otherwise a small file could claim any amount of memory. */
const checkPositions = (entries: readonly CheckpointEntry[], shards: number, where: string): void => {
  const reached = new Map<number, number>();
  for (const { name, shard, offset, size } of [...entries].sort((a, b) => a.offset - b.offset || a.size - b.size)) {
    const free = reached.get(shard) ?? 0;
    if (shard >= shards || offset < free) {
      throw damagedIndex(
        where,
        `each tensor must have bytes of its own in one of ${shards} shards`,
        `"${name}" at byte ${offset} of shard ${shard}, whose first free byte is ${free}`,
      );
    }
    reached.set(shard, offset + size);
  }
};

const tensorOf = (entry: TypedEntry, data: Uint8Array, littleEndian: boolean, where: string): Tensor => {
  const { name, type, shape, offset, size, crc } = entry;
  const length = sizeOf(shape) * bytesOfElement(type);
  if (size !== length) {
    throw damagedIndex(where, `"${name}" of ${type} ${formatShape(shape)} must have ${length} bytes`, String(size));
  }
  if (offset + size > data.length) {
    throw new DataError(
      `${where}: "${name}" must lie within its data file, got bytes ${offset} to ${offset + size} of ${data.length} (truncated). Fetch or write the file again.`,
    );
  }
  const bytes = data.subarray(offset, offset + size);
  const actual = maskCrc(crc32c(bytes));
  if (actual !== crc) {
    throw new DataError(
      `${where}: the checksum of "${name}" must be ${crc.toString(16)}, got ${actual.toString(16)} for its ${size} bytes. ` +
        "Fetch or write the data file again.",
    );
  }
  return decodeElements({ name, type, shape, bytes, littleEndian, where });
};

const checkType = ({ name, dtype, isSliced, shape }: CheckpointEntry, where: string): ElementType => {
  if (isSliced) {
    throw new DataError(
      `${where}: a variable must be saved whole, got "${name}" ${formatShape(shape)} in slices (it was partitioned). ` +
        "Save it without a partitioner, or leave it out with match.",
    );
  }
  const type = tensorflowTypes.get(dtype);
  if (type) return type;
  throw new DataError(
    `${where}: the type of "${name}" must be one of ${[...tensorflowTypes.values()].join(", ")}, got number ${dtype} of TensorFlow's DataType. ` +
      "Leave it out with match.",
  );
};
