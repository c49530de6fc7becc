import { gunzip } from "#platform";
import { damagedFile } from "../../base/codec.ts";
import { ValueError } from "../../base/errors.ts";
import { crc32 } from "./crc.ts";

/** One file in a zip file. */
export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;
const stored = 0;
const deflated = 8;
/** The sizes and counts that mean "see the zip64 record". */
const [max16, max32] = [0xffff, 0xffffffff];
/** The flag for a name in UTF-8. */
const utf8Flag = 0x800;
/** The flags of encrypted members, patches, and masked directories. */
const unsupportedFlags = 0x2061;
/** The best ratio that deflate can reach (zlib). */
const maxRatio = 1032;

const damaged = /* @__PURE__ */ damagedFile("zip file");

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whether the bytes begin like a zip file: with a member or, in an empty file, with the end record. */
export const isZip = (bytes: Uint8Array): boolean => {
  if (bytes.length < 4) return false;
  const signature = viewOf(bytes).getUint32(0, true);
  return signature === localSignature || signature === endSignature;
};

/**
 * The members of a zip file, as its central directory lists them. Nothing is unpacked.
 * @throws DataError for a file that is damaged, encrypted, split, larger than 4 GiB (zip64), or packed by another method
 * than deflate; for two members of one name, and for members that overlap: a small file could unpack to any size.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export const listZip = (bytes: Uint8Array, where: string): readonly ZipMember[] => {
  const view = viewOf(bytes);
  const end = findEnd(view, where);
  const count = view.getUint16(end + 10, true);
  const length = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (count === max16 || length === max32 || start === max32) {
    throw damaged(where, "the zip file must have less than 4 GiB and 65535 members", "a zip64 file");
  }
  if (view.getUint32(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count || start + length !== end) {
    throw damaged(
      where,
      "the directory must be whole and precede its end record",
      `${count} members in ${length} bytes`,
    );
  }
  const members: ZipMember[] = [];
  const names = new Set<string>();
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + centralBytes > end || view.getUint32(at, true) !== centralSignature) {
      throw damaged(where, `the directory must list ${count} members`, `${index}`);
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + centralBytes + nameBytes + extraBytes + commentBytes;
    if (next > end) throw damaged(where, "a name must end within the directory", `${nameBytes} bytes`);
    const name = decodeName(bytes.subarray(at + centralBytes, at + centralBytes + nameBytes), where);
    if (names.has(name)) throw damaged(where, "the names of members must differ", `"${name}" twice`);
    names.add(name);
    members.push(checkMember(view, at, name, where));
    at = next;
  }
  if (at !== end) throw damaged(where, "the directory must end with its last member", `${end - at} bytes more`);
  checkApart(bytes, members, start, where);
  return members;
};

/** The position of the end record. A comment of up to 65535 bytes may follow it. */
const findEnd = (view: DataView, where: string): number => {
  for (let at = view.byteLength - endBytes; at >= Math.max(0, view.byteLength - endBytes - max16); at--) {
    if (
      view.getUint32(at, true) === endSignature &&
      at + endBytes + view.getUint16(at + 20, true) === view.byteLength
    ) {
      return at;
    }
  }
  throw damaged(where, "a zip file must end with its directory", `${view.byteLength} bytes without one (truncated)`);
};

const decodeName = (name: Uint8Array, where: string): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    throw damaged(where, "names must be UTF-8", Array.from(name, (byte) => byte.toString(16)).join(" "));
  }
};

const checkMember = (view: DataView, at: number, name: string, where: string): ZipMember => {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const [crc, packedSize, size, offset] = [16, 20, 24, 42].map((field) => view.getUint32(at + field, true));
  if ((flags & unsupportedFlags) !== 0) {
    throw damaged(where, `"${name}" must not be encrypted`, `the flags ${flags.toString(2)}`);
  }
  if (method !== stored && method !== deflated) {
    throw damaged(where, `"${name}" must be stored (0) or deflated (8)`, `the method ${method}`);
  }
  if (packedSize === max32 || size === max32 || offset === max32) {
    throw damaged(where, `"${name}" must have less than 4 GiB`, "a zip64 member");
  }
  if (method === stored ? size !== packedSize : size > maxRatio * packedSize) {
    throw damaged(where, `"${name}" must fit what is packed`, `${size} bytes of ${packedSize}`);
  }
  return { name, method, crc, packedSize, size, offset };
};

/** Where the packed data begin: after the local header, which has its own lengths. */
const dataStart = (bytes: Uint8Array, { name, offset }: ZipMember, end: number, where: string): number => {
  const view = viewOf(bytes);
  const expected = new TextEncoder().encode(name);
  const nameEnd = offset + localBytes + expected.length;
  const isSound =
    nameEnd <= end &&
    view.getUint32(offset, true) === localSignature &&
    view.getUint16(offset + 26, true) === expected.length &&
    expected.every((byte, index) => bytes[offset + localBytes + index] === byte);
  if (!isSound) throw damaged(where, `"${name}" must begin with a header of that name`, `none at byte ${offset}`);
  return nameEnd + view.getUint16(offset + 28, true);
};

const checkApart = (bytes: Uint8Array, members: readonly ZipMember[], end: number, where: string): void => {
  let reached = 0;
  for (const member of [...members].sort((a, b) => a.offset - b.offset)) {
    const last = dataStart(bytes, member, end, where) + member.packedSize;
    if (member.offset < reached || last > end) {
      throw damaged(
        where,
        "members must not overlap, and precede the directory",
        `"${member.name}" from byte ${member.offset} to ${last}, where ${reached} to ${end} is free`,
      );
    }
    reached = last;
  }
};

/**
 * Unpacks one member. It allocates no more than the size of the member, and verifies its checksum.
 * @throws DataError when it is damaged.
 */
export const readZipMember = async (bytes: Uint8Array, member: ZipMember, where: string): Promise<Uint8Array> => {
  const { name, method, crc, packedSize, size } = member;
  const start = dataStart(bytes, member, bytes.length, where);
  const packed = bytes.subarray(start, start + packedSize);
  const memberName = `${where}: ${name}`;
  if (method === deflated) {
    try {
      return await gunzip(asGzip(packed, crc, size), { maxBytes: size, where: memberName });
    } catch {
      throw damaged(
        memberName,
        `the packed data must inflate to ${size} bytes of the checksum ${crc.toString(16)}`,
        "other data",
      );
    }
  }
  const actual = crc32(packed);
  if (actual !== crc) {
    throw damaged(memberName, `the checksum must be ${crc.toString(16)}`, `${actual.toString(16)} for ${size} bytes`);
  }
  return packed;
};

/** Packed data in the frame of gzip, which has the same size and CRC-32 as zip: the platform inflates and checks gzip. */
const asGzip = (packed: Uint8Array, crc: number, size: number): Uint8Array => {
  const member = new Uint8Array(10 + packed.length + 8);
  member.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  member.set(packed, 10);
  const view = viewOf(member);
  view.setUint32(10 + packed.length, crc, true);
  view.setUint32(14 + packed.length, size, true);
  return member;
};

/**
 * A zip file of stored members. The same members give the same bytes: all are dated 1980-01-01.
 * @throws ValueError for 4 GiB, 65535 members, or a name that is too long or contains a zero.
 */
export const encodeZip = (where: string, members: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> => {
  const entries = [...members].map(([name, data]) => ({
    name: new TextEncoder().encode(name),
    data,
    crc: crc32(data),
  }));
  const bodies = entries.reduce((sum, { name, data }) => sum + localBytes + name.length + data.length, 0);
  const directory = entries.reduce((sum, { name }) => sum + centralBytes + name.length, 0);
  const isTooMuch = bodies + directory >= max32 || entries.length >= max16;
  const odd = [...members.keys()].find((name) => name.includes("\0") || new TextEncoder().encode(name).length > max16);
  if (isTooMuch || odd !== undefined) {
    throw new ValueError(
      `${where}: a zip file must have less than 4 GiB and 65535 members, and short names without zeros, got ${entries.length} members ` +
        `of ${bodies} bytes${odd === undefined ? "" : ` and ${JSON.stringify(odd.slice(0, 80))}`}. Write safetensors instead.`,
    );
  }
  const bytes = new Uint8Array(bodies + directory + endBytes);
  const view = viewOf(bytes);
  let at = 0;
  let central = bodies;
  for (const { name, data, crc } of entries) {
    // The fields that local header and directory share: version, flags, method, time, date, CRC, sizes, length of the name.
    const common = (start: number): void => {
      view.setUint16(start, 20, true);
      view.setUint16(start + 2, utf8Flag, true);
      view.setUint16(start + 8, 0x21, true);
      view.setUint32(start + 10, crc, true);
      view.setUint32(start + 14, data.length, true);
      view.setUint32(start + 18, data.length, true);
      view.setUint16(start + 22, name.length, true);
    };
    view.setUint32(central, centralSignature, true);
    view.setUint16(central + 4, 20, true);
    common(central + 6);
    view.setUint32(central + 42, at, true);
    bytes.set(name, central + centralBytes);
    central += centralBytes + name.length;
    view.setUint32(at, localSignature, true);
    common(at + 4);
    bytes.set(name, at + localBytes);
    bytes.set(data, at + localBytes + name.length);
    at += localBytes + name.length + data.length;
  }
  view.setUint32(central, endSignature, true);
  view.setUint16(central + 8, entries.length, true);
  view.setUint16(central + 10, entries.length, true);
  view.setUint32(central + 12, directory, true);
  view.setUint32(central + 16, bodies, true);
  return bytes;
};
