/** The table of a 32-bit CRC with a reflected polynomial: the lowest bit of a byte comes first. */
const makeTable = (polynomial: number): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    return rest;
  });

const tables = new Map<number, Uint32Array>();

const crc = (polynomial: number, bytes: Uint8Array): number => {
  let table = tables.get(polynomial);
  if (!table) {
    table = makeTable(polynomial);
    tables.set(polynomial, table);
  }
  let rest = -1;
  for (let index = 0; index < bytes.length; index++) rest = table[(rest ^ bytes[index]) & 255] ^ (rest >>> 8);
  return ~rest >>> 0;
};

/** CRC-32 as zip and gzip have it (RFC 1952). */
export const crc32 = (bytes: Uint8Array): number => crc(0xedb88320, bytes);

/** CRC-32C (Castagnoli), as iSCSI has it (RFC 3720). */
export const crc32c = (bytes: Uint8Array): number => crc(0x82f63b78, bytes);

/** The masking of LevelDB and TensorFlow: a CRC of data that contain CRCs would be weak. */
export const maskCrc = (value: number): number => (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
