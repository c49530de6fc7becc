/** Bytes in the order of writing, as nested parts: a part is not copied when it becomes part of another. */
export type Code = number | Uint8Array | readonly Code[];

const lengthOf = (code: Code): number => {
  if (typeof code === "number") return 1;
  if (code instanceof Uint8Array) return code.length;
  let length = 0;
  for (let index = 0; index < code.length; index++) length += lengthOf(code[index]);
  return length;
};

const write = (code: Code, bytes: Uint8Array, at: number): number => {
  if (typeof code === "number") {
    bytes[at] = code;
    return at + 1;
  }
  if (code instanceof Uint8Array) {
    bytes.set(code, at);
    return at + code.length;
  }
  let end = at;
  for (let index = 0; index < code.length; index++) end = write(code[index], bytes, end);
  return end;
};

/** The bytes one after the other. */
export const joined = (code: Code): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(lengthOf(code));
  write(code, bytes, 0);
  return bytes;
};

/** An unsigned integer in LEB128, as the WebAssembly binary format has it. */
export const unsigned = (value: number): readonly number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];

/** A signed 32-bit integer in LEB128. */
export const signed = (value: number): readonly number[] => {
  const low = value & 0x7f;
  const rest = value >> 7;
  return rest === ((low & 0x40) === 0 ? 0 : -1) ? [low] : [low | 0x80, ...signed(rest)];
};

/** Parts, after their number. */
export const vector = (parts: readonly Code[]): readonly Code[] => [unsigned(parts.length), parts];

/** An ASCII name. */
export const name = (text: string): readonly Code[] => vector([...text].map((letter) => letter.charCodeAt(0)));
