import { damagedHdf5, Hdf5Cursor, hdf5Text, unsupportedHdf5 } from "./hdf5Cursor.ts";
import { type Hdf5Type, readSpace, readType } from "./hdf5Types.ts";
import { type HeaderMessage, messageOf, messages } from "./objectHeader.ts";

/** The texts of an attribute; a single one is a list of one. Attributes of other types are left out. */
export type Hdf5Attributes = ReadonlyMap<string, readonly string[]>;

/** Reads texts of variable length, which lie in heaps that many references share. */
export class TextHeaps {
  readonly #bytes: Uint8Array;
  readonly #where: string;
  readonly #heaps = new Map<number, ReadonlyMap<number, Uint8Array>>();

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  /** Reads the reference at the cursor: the length, the address of the heap, and the number of the text in it. */
  text(cursor: Hdf5Cursor): string {
    const length = cursor.int();
    const address = cursor.address();
    const index = cursor.int();
    // An empty text has no place.
    if (address === undefined || (address === 0 && length === 0)) return "";
    const object = this.#heapAt(address).get(index);
    if (!object || length > object.length) {
      throw damagedHdf5(this.#where, "a text must be in its heap", `number ${index} of length ${length}`);
    }
    return hdf5Text(object.subarray(0, length), this.#where);
  }

  #heapAt(address: number): ReadonlyMap<number, Uint8Array> {
    const known = this.#heaps.get(address);
    if (known) return known;
    const start = new Hdf5Cursor(this.#bytes, this.#where, address);
    start.signature("GCOL");
    start.version("a heap of texts", 1);
    start.skip(3);
    const size = start.long();
    const cursor = new Hdf5Cursor(this.#bytes, this.#where, address, address + size);
    cursor.skip(16);
    const objects = new Map<number, Uint8Array>();
    while (cursor.left >= 16) {
      const index = cursor.short();
      cursor.skip(6);
      const length = cursor.long();
      // The rest is free.
      if (index === 0) break;
      objects.set(index, cursor.take(length));
      cursor.align();
    }
    this.#heaps.set(address, objects);
    return objects;
  }
}

/** Reads the attributes of an object that are texts. */
export const readAttributes = (
  bytes: Uint8Array,
  where: string,
  header: readonly HeaderMessage[],
  heaps: TextHeaps,
): Hdf5Attributes => {
  const info = messageOf(bytes, where, header, messages.attributeInfo);
  if (info) {
    info.version("a list of attributes", 0);
    if ((info.byte() & 1) !== 0) info.skip(2);
    if (info.address() !== undefined) {
      throw unsupportedHdf5(where, "attributes must be in the header of their object", "a heap of attributes");
    }
  }
  const attributes = new Map<string, readonly string[]>();
  for (const message of header) {
    if (message.type !== messages.attribute) continue;
    if (message.shared)
      throw unsupportedHdf5(where, "attributes must be in the header of their object", "a shared one");
    const [name, texts] = readAttribute(new Hdf5Cursor(bytes, where, message.start, message.end), heaps);
    if (attributes.has(name)) throw damagedHdf5(where, "attributes must differ", `"${name.slice(0, 80)}" twice`);
    if (texts) attributes.set(name, texts);
  }
  return attributes;
};

const readAttribute = (
  cursor: Hdf5Cursor,
  heaps: TextHeaps,
): readonly [name: string, texts: readonly string[] | undefined] => {
  const { where } = cursor;
  const version = cursor.version("an attribute", 1, 2, 3);
  const flags = cursor.byte();
  if (version > 1 && (flags & 3) !== 0) {
    throw unsupportedHdf5(where, "each attribute must have a type of its own", "one that objects share");
  }
  const [nameBytes, typeBytes, spaceBytes] = [cursor.short(), cursor.short(), cursor.short()];
  if (version === 3) cursor.skip(1);
  const part = (length: number): Hdf5Cursor => {
    const at = cursor.skip(length);
    if (version === 1) cursor.skip((8 - (length % 8)) % 8);
    return new Hdf5Cursor(cursor.bytes, where, at, at + length);
  };
  const nameCursor = part(nameBytes);
  const name = hdf5Text(nameCursor.take(nameCursor.left), where);
  const type = readType(part(typeBytes));
  const lengths = readSpace(part(spaceBytes));
  return [name, readTexts(cursor, type, lengths, heaps)];
};

/** The texts of an attribute; undefined for other types. Their number is checked against the bytes that there are. */
const readTexts = (
  cursor: Hdf5Cursor,
  type: Hdf5Type,
  lengths: readonly number[] | undefined,
  heaps: TextHeaps,
): readonly string[] | undefined => {
  if (type.kind !== "text" && type.kind !== "variableText") return undefined;
  const count = lengths ? lengths.reduce((product, length) => product * length, 1) : 0;
  if (count * type.size > cursor.left) {
    throw damagedHdf5(cursor.where, `an attribute must fit into ${cursor.left} bytes`, `${count} texts`);
  }
  return Array.from({ length: count }, () =>
    // Text of a fixed length may be padded with spaces, as in Fortran.
    type.kind === "text" ? hdf5Text(cursor.take(type.size), cursor.where).trimEnd() : heaps.text(cursor),
  );
};
