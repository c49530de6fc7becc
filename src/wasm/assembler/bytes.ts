/**
 * Bytes in the order of writing, one in each character. Kernels are written once, before the engine has compiled this code;
 * it joins strings natively, without copying them, where lists would be built and walked by slow code.
 */
export type Code = string;

/** The characters of bytes. */
export const code: (...bytes: number[]) => Code = /* @__PURE__ */ String.fromCharCode;

/** The bytes themselves. */
export const toBytes = (text: Code): Uint8Array<ArrayBuffer> => {
  const { length } = text;
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
};

/** An unsigned integer in LEB128, as the WebAssembly binary format has it. */
export const unsigned = (value: number): Code =>
  value < 0x80 ? code(value) : code((value & 0x7f) | 0x80) + unsigned(value >>> 7);

/** A signed 32-bit integer in LEB128. */
export const signed = (value: number): Code => {
  const low = value & 0x7f;
  const rest = value >> 7;
  return rest === ((low & 0x40) === 0 ? 0 : -1) ? code(low) : code(low | 0x80) + signed(rest);
};

/** Parts, after their number. */
export const vector = (parts: readonly Code[]): Code => unsigned(parts.length) + parts.join("");

/** Bytes, or an ASCII name, after their number. */
export const counted = (bytes: Code): Code => unsigned(bytes.length) + bytes;
