/** The bytes of a message of protocol buffers. */
export type Message = Uint8Array;

export const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

/** A whole number, also a negative one, with seven bits per byte. */
export const varint = (value: number | bigint): Uint8Array => {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.of(...bytes, Number(rest));
};

const key = (field: number, wire: number): Uint8Array => varint(field * 8 + wire);

export const whole = (field: number, value: number | bigint): Message => join([key(field, 0), varint(value)]);

export const bytes = (field: number, value: Uint8Array): Message => join([key(field, 2), varint(value.length), value]);

export const text = (field: number, value: string): Message => bytes(field, new TextEncoder().encode(value));

export const float = (field: number, value: number): Message =>
  join([key(field, 5), new Uint8Array(Float32Array.of(value).buffer)]);

/** A message within another. */
export const message = (field: number, ...parts: readonly Message[]): Message => bytes(field, join(parts));

export const packedWholes = (field: number, values: readonly (number | bigint)[]): Message =>
  bytes(field, join(values.map(varint)));

export const packedFloats = (field: number, values: readonly number[]): Message =>
  bytes(field, new Uint8Array(Float32Array.from(values).buffer));
