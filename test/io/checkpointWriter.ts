/** Writes TensorFlow checkpoints from the description of the formats, apart from the readers that it tests. */

/** CRC-32C bit by bit. */
export const bitwiseCrc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
};

export const masked = (bytes: Uint8Array): number => {
  const crc = BigInt(bitwiseCrc32c(bytes));
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
};

export const varint = (value: number | bigint): number[] => {
  const out: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
};

const fixed32 = (value: number): number[] => [value, value >>> 8, value >>> 16, value >>> 24].map((byte) => byte & 255);

/** A field of a message: a whole number, text or a message as bytes, or 4 bytes. */
export const field = (number: number, value: number | bigint | readonly number[] | { fixed: number }): number[] => {
  if (typeof value === "object" && "fixed" in value) return [...varint(number * 8 + 5), ...fixed32(value.fixed)];
  if (typeof value === "object") return [...varint(number * 8 + 2), ...varint(value.length), ...value];
  return [...varint(number * 8), ...varint(value)];
};

export interface Entry {
  readonly key: string | readonly number[];
  readonly value: readonly number[];
}

export const bytesOfKey = (key: Entry["key"]): readonly number[] =>
  typeof key === "string" ? [...new TextEncoder().encode(key)] : key;

/** A block: keys share what they begin with, and are whole at every `interval`th entry. */
export const block = (entries: readonly Entry[], interval: number): number[] => {
  const out: number[] = [];
  const restarts: number[] = [];
  let before: readonly number[] = [];
  entries.forEach(({ key, value }, index) => {
    const bytes = bytesOfKey(key);
    let shared = 0;
    if (index % interval === 0) restarts.push(out.length);
    else while (shared < before.length && before[shared] === bytes[shared]) shared++;
    out.push(...varint(shared), ...varint(bytes.length - shared), ...varint(value.length));
    out.push(...bytes.slice(shared), ...value);
    before = bytes;
  });
  return [...out, ...restarts.flatMap(fixed32), ...fixed32(restarts.length)];
};

export interface TableOptions {
  /** Entries in a block. */
  readonly perBlock?: number;
  readonly interval?: number;
  /** What a block becomes in the file, with the byte that says how it is packed. */
  readonly pack?: (block: readonly number[]) => readonly number[];
}

/** A table of these entries, which are in order. */
export const table = (
  entries: readonly Entry[],
  { perBlock = 100, interval = 16, pack = (plain) => [...plain, 0] }: TableOptions = {},
): Uint8Array => {
  const out: number[] = [];
  const add = (plain: readonly number[]): number[] => {
    const packed = pack(plain);
    const handle = [...varint(out.length), ...varint(packed.length - 1)];
    for (const byte of packed) out.push(byte);
    out.push(...fixed32(masked(Uint8Array.from(packed))));
    return handle;
  };
  const index: Entry[] = [];
  for (let first = 0; first < entries.length; first += perBlock) {
    const part = entries.slice(first, first + perBlock);
    index.push({ key: part[part.length - 1].key, value: add(block(part, interval)) });
  }
  const handles = [...add(block([], 16)), ...add(block(index, 1))];
  while (handles.length < 40) handles.push(0);
  return Uint8Array.from([...out, ...handles, 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);
};

/** A tensor as it lies in a checkpoint. */
export interface Saved {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: readonly number[];
  readonly shard?: number;
  /** Fields that follow the right ones, and win. */
  readonly lies?: readonly number[];
}

export const header = (shards: number, others: readonly number[] = []): number[] => [
  ...field(1, shards),
  ...others,
  ...field(3, field(1, 1)),
];

/** A checkpoint: index and data files. */
export const checkpoint = (
  tensors: Readonly<Record<string, Saved>>,
  { description, ...options }: TableOptions & { readonly description?: readonly number[] } = {},
): { readonly index: Uint8Array; readonly data: Uint8Array[] } => {
  const shards: number[][] = [[]];
  const entries = Object.keys(tensors)
    .sort()
    .map((key): Entry => {
      const { dtype, shape, bytes, shard = 0, lies = [] } = tensors[key];
      shards[shard] ??= [];
      const offset = shards[shard].length;
      shards[shard].push(...bytes);
      const dimensions = shape.flatMap((length) => field(2, field(1, length)));
      const place = [...field(3, shard), ...field(4, offset), ...field(5, bytes.length)];
      const crc = field(6, { fixed: masked(Uint8Array.from(bytes)) });
      return { key, value: [...field(1, dtype), ...field(2, dimensions), ...place, ...crc, ...lies] };
    });
  const first: Entry = { key: "", value: description ?? header(shards.length) };
  return { index: table([first, ...entries], options), data: shards.map((bytes) => Uint8Array.from(bytes)) };
};

export const floats = (...values: readonly number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)];
