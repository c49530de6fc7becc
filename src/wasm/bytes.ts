/** A growing buffer of bytes with the integer encodings of the WebAssembly binary format (LEB128). */
export class ByteWriter {
  #bytes: Uint8Array = new Uint8Array(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Appends bytes as they are. */
  raw(values: ArrayLike<number>): void {
    if (this.#length + values.length > this.#bytes.length) this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** The code of an instruction; those of vectors have a prefix. */
  opcode(code: number, simd: boolean): void {
    if (simd) {
      this.byte(0xfd);
      this.unsigned(code);
    } else this.byte(code);
  }

  /** An unsigned integer in LEB128. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed 32-bit integer in LEB128. */
  signed(value: number): void {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  float32(value: number): void {
    scratch.setFloat32(0, value, true);
    for (let index = 0; index < 4; index++) this.byte(scratch.getUint8(index));
  }

  float64(value: number): void {
    scratch.setFloat64(0, value, true);
    for (let index = 0; index < 8; index++) this.byte(scratch.getUint8(index));
  }

  /** A length-prefixed ASCII name. */
  name(text: string): void {
    this.unsigned(text.length);
    for (let index = 0; index < text.length; index++) this.byte(text.charCodeAt(index));
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length) as Uint8Array<ArrayBuffer>;
  }

  #reserve(extra: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

const scratch = new DataView(new ArrayBuffer(8));
