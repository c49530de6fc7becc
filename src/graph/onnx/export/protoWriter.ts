const utf8 = /* @__PURE__ */ new TextEncoder();

/** How a field is stored. */
const wires = { varint: 0, bytes: 2, fixed32: 5 } as const;

/**
 * Writes the fields of a message of protocol buffers. Arrays of bytes are not copied before the file is put together, so
 * that large weights are in memory once more, and not twice.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];
  /** Small fields, which are collected before they become a part. */
  #small: number[] = [];
  #length = 0;

  /** The number of bytes. */
  get length(): number {
    return this.#length + this.#small.length;
  }

  /** A whole number, which may be negative; safe integers alone. */
  whole(field: number, value: number): this {
    this.#key(field, wires.varint);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, wires.fixed32);
    this.#small.push(...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, wires.bytes);
    this.#varint(value.length);
    this.#append(value);
    return this;
  }

  /** A message within this one. */
  message(field: number, write: (message: ProtoWriter) => void): this {
    const message = new ProtoWriter();
    write(message);
    this.#key(field, wires.bytes);
    this.#varint(message.length);
    message.#flush();
    for (const part of message.#parts) this.#append(part);
    return this;
  }

  /** The message, put together. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #append(part: Uint8Array): void {
    this.#flush();
    this.#parts.push(part);
    this.#length += part.length;
  }

  #flush(): void {
    if (this.#small.length === 0) return;
    this.#parts.push(Uint8Array.from(this.#small));
    this.#length += this.#small.length;
    this.#small = [];
  }

  #key(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  /** Seven bits in each byte, the lowest first; a negative number is that of 64 bits without a sign. */
  #varint(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#small.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.#small.push(Number(rest));
  }
}
