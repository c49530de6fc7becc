import { type Damaged, damagedFile } from "../../base/codec.ts";
import type { DataError } from "../../base/errors.ts";

/** More entries than a list of messages of any model has: each becomes an object that is many times as large as its bytes. */
const maxMessages = 2 ** 20;

const damaged: Damaged = /* @__PURE__ */ damagedFile("protocol buffer");

/** How a field is stored. */
const wires = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * Reads the fields of a message of protocol buffers one after another. A message within it is bytes, which another reader
 * reads: no depth of nesting costs stack. Memory is taken only for what the bytes hold.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoReader {
  /** The number of the field that `next` has found. */
  field = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  /** The message in errors: `a node`. */
  readonly #what: string;
  #at: number;
  readonly #end: number;
  #wire = 0;

  /** @param outer The reader of the message that has this one, whose next `length` bytes it is. */
  constructor(bytes: Uint8Array, where: string, what: string, outer?: ProtoReader, length: number = bytes.length) {
    this.#bytes = bytes;
    // Files have many small messages: one view serves them all.
    this.#view = outer ? outer.#view : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
    this.#what = what;
    this.#at = outer ? outer.#take(length) : 0;
    this.#end = this.#at + length;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.field = Math.floor(key / 8);
    this.#wire = key % 8;
    if (key < 8 || key >= 2 ** 32) throw this.damaged("a field must have a number", String(this.field));
    if (this.#wire === 3 || this.#wire === 4) throw this.damaged("it must not contain groups", `field ${this.field}`);
    if (this.#wire > 5) throw this.damaged("a field must have a known type", `type ${this.#wire}`);
    return true;
  }

  /** Passes over a field that is of no use here. */
  skip(): void {
    if (this.#wire === wires.varint) this.#varint();
    else if (this.#wire === wires.bytes) this.bytes();
    else this.#take(this.#wire === wires.fixed32 ? 4 : 8);
  }

  /** A whole number with a sign. Beyond 2⁵³ it is rounded. */
  whole(): number {
    this.#expect(wires.varint, "a whole number");
    return this.#varint();
  }

  float(): number {
    this.#expect(wires.fixed32, "a float");
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** The bytes of text or of another message, which are not copied. */
  bytes(): Uint8Array {
    const length = this.#length();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  #length(): number {
    this.#expect(wires.bytes, "bytes");
    const length = this.#varint();
    if (length < 0) throw this.damaged("a length must not be negative", String(length));
    return length;
  }

  /** @param strict Whether other bytes than those of UTF-8 are refused, or replaced. */
  text(strict: boolean = true): string {
    const length = this.#length();
    const start = this.#take(length);
    // Names are short and plain: a decoder takes many times as long for them.
    let plain = "";
    for (let at = start; at < start + length && length < 64; at++) {
      const byte = this.#bytes[at];
      if (byte > 127) break;
      plain += String.fromCharCode(byte);
    }
    if (plain.length === length) return plain;
    try {
      const decoder = new TextDecoder("utf-8", { fatal: strict, ignoreBOM: true });
      return decoder.decode(this.#bytes.subarray(start, start + length));
    } catch {
      throw this.damaged("text must be UTF-8", `other bytes in field ${this.field}`);
    }
  }

  /** The reader of a message in this one. */
  message(what: string): ProtoReader {
    return new ProtoReader(this.#bytes, this.#where, what, this, this.#length());
  }

  /** Adds what it reads to a list. @throws DataError for more messages than any model has. */
  into<T>(list: T[], entry: T): void {
    if (list.length >= maxMessages) throw this.damaged(`a list may have ${maxMessages} messages`, "more");
    list.push(entry);
  }

  /** Adds one whole number, or a packed list of them. */
  wholes(list: number[]): void {
    if (this.#wire !== wires.bytes) {
      list.push(this.whole());
      return;
    }
    const packed = this.message(this.#what);
    while (packed.#at < packed.#end) list.push(packed.#varint());
  }

  /** Adds one number of 4 or 8 bytes, or a packed list of them. */
  floats(list: number[], width: 4 | 8 = 4): void {
    const single = width === 4 ? wires.fixed32 : wires.fixed64;
    if (this.#wire !== wires.bytes) this.#expect(single, "a float");
    const length = this.#wire === wires.bytes ? this.#varint() : width;
    if (length < 0 || length % width !== 0) throw this.damaged(`floats must have ${width} bytes each`, String(length));
    const start = this.#take(length);
    for (let at = start; at < start + length; at += width) {
      list.push(width === 4 ? this.#view.getFloat32(at, true) : this.#view.getFloat64(at, true));
    }
  }

  #expect(wire: number, words: string): void {
    if (this.#wire !== wire) throw this.damaged(`field ${this.field} must be ${words}`, `type ${this.#wire}`);
  }

  /** The position of the next bytes, which it passes. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start)
      throw this.damaged("it must be complete", `${length} bytes of ${this.#end - start}`);
    this.#at += length;
    return start;
  }

  /** At most ten bytes of seven bits, the lowest first. */
  #varint(): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#bytes[this.#take(1)];
      const bits = byte & 127;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 128) return high * 2 ** 32 + (low >>> 0);
    }
    throw this.damaged("a whole number must have at most ten bytes", "more");
  }

  /** An error that names the file and the message. */
  damaged(rule: string, got: string): DataError {
    return damaged(this.#where, `${this.#what}: ${rule}`, got);
  }
}
