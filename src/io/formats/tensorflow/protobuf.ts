/**
 * The part of the wire format of protocol buffers that TensorFlow's checkpoints use.
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** The value of a field: a number of any kind, or bytes (text, or another message). */
export type ProtoValue = number | Uint8Array;

/** A whole number with 7 bits per byte, and where it ends; undefined when it does not end, or exceeds 2^53. */
export const readVarint = (
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } | undefined => {
  let value = 0;
  let scale = 1;
  for (let at = start; at < Math.min(bytes.length, start + 10); at++) {
    value += (bytes[at] & 127) * scale;
    if (bytes[at] < 128) return value <= Number.MAX_SAFE_INTEGER ? { value, end: at + 1 } : undefined;
    scale *= 128;
  }
  return undefined;
};

/**
 * The fields of a message, in order: their numbers and values. Undefined for damage of any kind, and for negative whole
 * numbers, which no field of a checkpoint holds.
 */
export const readMessage = (
  bytes: Uint8Array,
): readonly (readonly [field: number, value: ProtoValue])[] | undefined => {
  const fields: [number, ProtoValue][] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    if (!key || key.value < 8) return undefined;
    const field = Math.floor(key.value / 8);
    const length = key.value % 8 === 5 ? 4 : key.value % 8 === 1 ? 8 : 0;
    at = key.end + length;
    if (at > bytes.length) return undefined;
    if (length === 4) fields.push([field, view.getUint32(key.end, true)]);
    else if (length === 8) fields.push([field, bytes.subarray(key.end, at)]);
    else if (key.value % 8 === 0 || key.value % 8 === 2) {
      const number = readVarint(bytes, at);
      if (!number) return undefined;
      at = number.end;
      if (key.value % 8 === 0) {
        fields.push([field, number.value]);
        continue;
      }
      if (number.value > bytes.length - at) return undefined;
      fields.push([field, bytes.subarray(at, at + number.value)]);
      at += number.value;
    } else return undefined;
  }
  return fields;
};
