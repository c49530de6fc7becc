import { DataError } from "../../../base/errors.ts";
import { type ProtoValue, readMessage } from "./protobuf.ts";
import { damagedIndex, readTable } from "./sstable.ts";

/** The newest version of the format that this reader supports (tensor_bundle.cc, kTensorBundleVersion). */
const knownVersion = 1;
/** Names of files have five digits for the shard. */
const maxShards = 99999;

/** A tensor in a checkpoint, as the index describes it. */
export interface CheckpointEntry {
  readonly name: string;
  /** A number of TensorFlow's enumeration DataType. */
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  /** The masked CRC-32C of its bytes. */
  readonly crc: number;
  /** Whether the file stores it in several parts. */
  readonly isSliced: boolean;
}

/** The contents of the index of a checkpoint. */
export interface CheckpointIndex {
  readonly shards: number;
  readonly littleEndian: boolean;
  readonly entries: readonly CheckpointEntry[];
}

/**
 * Reads the `.index` file of a TensorFlow V2 checkpoint: a table of protocol buffers. The first, with an empty name,
 * describes the checkpoint; each of the others describes a tensor.
 * @throws DataError for a damaged file, and for a newer version.
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto
 */
export const readCheckpointIndex = (bytes: Uint8Array, where: string): CheckpointIndex => {
  const [header, ...tensors] = readTable(bytes, where);
  if (header === undefined || header.key.length > 0) {
    throw damagedIndex(where, "the first entry must describe the checkpoint", "another entry");
  }
  const fields = fieldsOf(header.value, where, "the description");
  const shards = whole(fields.get(1), 0);
  const [endianness, version] = [whole(fields.get(2), 0), fields.get(3)];
  const minConsumer = version instanceof Uint8Array ? whole(fieldsOf(version, where, "the version").get(2), 0) : 0;
  if (!(shards >= 1 && shards <= maxShards) || !(endianness <= 1)) {
    throw damagedIndex(
      where,
      "a checkpoint must have shards and an order of bytes",
      `${shards} shards, order ${endianness}`,
    );
  }
  if (!(minConsumer <= knownVersion)) {
    throw new DataError(
      `${where}: the checkpoint must be readable by version ${knownVersion} of the format, got one that needs ${minConsumer}. Use a newer gradus.`,
    );
  }
  // Names that begin with a zero are parts of sliced tensors, which also have an entry of their own.
  const entries = tensors.filter(({ key }) => key[0] !== 0).map(({ key, value }) => entryOf(key, value, where));
  return { shards, littleEndian: endianness === 0, entries };
};

const entryOf = (key: Uint8Array, value: Uint8Array, where: string): CheckpointEntry => {
  const name = textOf(key, where);
  const fields = fieldsOf(value, where, `"${name}"`);
  const shape: number[] = [];
  const shapeMessage = fields.get(2);
  if (shapeMessage instanceof Uint8Array) {
    for (const [field, dimension] of messageOf(shapeMessage, where, `the shape of "${name}"`)) {
      if (field === 2 && dimension instanceof Uint8Array) {
        shape.push(whole(fieldsOf(dimension, where, `the shape of "${name}"`).get(1), 0));
      } else if (field === 3 && dimension !== 0) shape.push(Number.NaN);
    }
  }
  const [dtype, shard, offset, size] = [1, 3, 4, 5].map((field) => whole(fields.get(field), 0));
  const entry = { name, dtype, shape, shard, offset, size, crc: whole(fields.get(6), 0), isSliced: fields.has(7) };
  if ([...shape, dtype, shard, offset, size, entry.crc].some(Number.isNaN)) {
    throw damagedIndex(where, `"${name}" must have a type, a shape and a position`, "another value in one of them");
  }
  return entry;
};

const messageOf = (bytes: Uint8Array, where: string, what: string): readonly (readonly [number, ProtoValue])[] => {
  const message = readMessage(bytes);
  if (message) return message;
  throw damagedIndex(where, `${what} must be a protocol buffer`, `${bytes.length} other bytes`);
};

/** The last value of each field: the rule of the format for fields that are not repeated. */
const fieldsOf = (bytes: Uint8Array, where: string, what: string): ReadonlyMap<number, ProtoValue> =>
  new Map(messageOf(bytes, where, what));

/** A field that is a whole number; NaN when it is anything else. */
const whole = (value: ProtoValue | undefined, absent: number): number => {
  if (value === undefined) return absent;
  return typeof value === "number" ? value : Number.NaN;
};

const textOf = (key: Uint8Array, where: string): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(key);
  } catch {
    throw damagedIndex(where, "names must be UTF-8", Array.from(key, (byte) => byte.toString(16)).join(" "));
  }
};
