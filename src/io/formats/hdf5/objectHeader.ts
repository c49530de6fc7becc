import { damagedHdf5, Hdf5Cursor, unsupportedHdf5 } from "./hdf5Cursor.ts";

/** One message in the header of a group or dataset. */
export interface HeaderMessage {
  readonly type: number;
  /** Whether its content lies elsewhere in the file. */
  readonly shared: boolean;
  readonly start: number;
  readonly end: number;
}

/** The types of messages that are read. */
export const messages = {
  space: 1,
  linkInfo: 2,
  type: 3,
  link: 6,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
  attributeInfo: 21,
} as const;

/** The messages of the object whose header is at an address. A header may go on in other places, each once. */
export const readHeader = (bytes: Uint8Array, where: string, address: number): readonly HeaderMessage[] => {
  const cursor = new Hdf5Cursor(bytes, where, address);
  const isSecond = bytes[address] === 0x4f;
  return isSecond ? secondVersion(cursor) : firstVersion(cursor);
};

/** A place where messages are. */
interface Block {
  readonly at: number;
  readonly end: number;
}

/** Reads blocks until no message names another one. */
const readBlocks = (
  bytes: Uint8Array,
  where: string,
  first: Block,
  inner: (block: Block) => Block,
  next: (cursor: Hdf5Cursor) => Omit<HeaderMessage, "start" | "end"> & { readonly size: number },
  smallest: number,
): readonly HeaderMessage[] => {
  const found: HeaderMessage[] = [];
  const blocks = [first];
  const seen = new Set<number>();
  for (let block = blocks.pop(); block; block = blocks.pop()) {
    if (seen.has(block.at)) throw damagedHdf5(where, "the parts of a header must differ", `byte ${block.at} twice`);
    seen.add(block.at);
    const cursor = new Hdf5Cursor(bytes, where, block.at, block.end);
    // What is left may be too little for a message: then it is a gap.
    while (cursor.left >= smallest) {
      const { type, shared, size } = next(cursor);
      const start = cursor.skip(size);
      if (type === messages.continuation) {
        const target = new Hdf5Cursor(bytes, where, start, start + size);
        const at = target.place("the rest of a header");
        blocks.push(inner({ at, end: at + target.long() }));
      } else if (type !== 0) found.push({ type, shared, start, end: start + size });
    }
  }
  return found;
};

const firstVersion = (cursor: Hdf5Cursor): readonly HeaderMessage[] => {
  const { bytes, where } = cursor;
  cursor.version("an object header", 1);
  cursor.skip(7);
  const size = cursor.int();
  cursor.skip(4);
  const block = { at: cursor.at, end: cursor.at + size };
  return readBlocks(
    bytes,
    where,
    block,
    (part) => part,
    (part) => {
      const [type, length, flags] = [part.short(), part.short(), part.byte()];
      part.skip(3);
      return { type, shared: (flags & 2) !== 0, size: length };
    },
    8,
  );
};

const secondVersion = (cursor: Hdf5Cursor): readonly HeaderMessage[] => {
  const { bytes, where } = cursor;
  cursor.signature("OHDR");
  cursor.version("an object header", 2);
  const flags = cursor.byte();
  if ((flags & 0x20) !== 0) cursor.skip(16);
  if ((flags & 0x10) !== 0) cursor.skip(4);
  const width = 1 << (flags & 3);
  const size = width === 8 ? cursor.long() : width === 4 ? cursor.int() : width === 2 ? cursor.short() : cursor.byte();
  const isOrdered = (flags & 4) !== 0;
  const block = { at: cursor.at, end: cursor.at + size };
  return readBlocks(
    bytes,
    where,
    block,
    // A further part has a signature in front, and a checksum behind.
    ({ at, end }) => {
      new Hdf5Cursor(bytes, where, at, end).signature("OCHK");
      return { at: at + 4, end: end - 4 };
    },
    (part) => {
      const [type, length, messageFlags] = [part.byte(), part.short(), part.byte()];
      if (isOrdered) part.skip(2);
      return { type, shared: (messageFlags & 2) !== 0, size: length };
    },
    isOrdered ? 6 : 4,
  );
};

/** A reader of the only message of a type; undefined where there is none. @throws DataError for one whose content is elsewhere. */
export const messageOf = (
  bytes: Uint8Array,
  where: string,
  header: readonly HeaderMessage[],
  type: number,
): Hdf5Cursor | undefined => {
  const message = header.find((candidate) => candidate.type === type);
  if (!message) return undefined;
  if (message.shared) throw unsupportedHdf5(where, "each object must have a type of its own", "one that objects share");
  return new Hdf5Cursor(bytes, where, message.start, message.end);
};
