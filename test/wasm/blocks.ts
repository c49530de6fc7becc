import { instantiate, type Kernel, type KernelFunctions } from "../../src/wasm/assembler/kernel.ts";

const guardBytes = 64;
const guardByte = 0xa5;
/** How far behind the last block a stray write is looked for. */
const checkedBytes = 4096;

/** Blocks in one WebAssembly memory as kernels see them: 16-byte aligned, padded, with guards between. */
export class Blocks {
  readonly memory: WebAssembly.Memory;
  #next = 64;
  readonly #sizes = new Map<number, number>();

  constructor(pages = 16) {
    this.memory = new WebAssembly.Memory({ initial: pages });
    new Uint8Array(this.memory.buffer).fill(guardByte);
  }

  reset(): void {
    new Uint8Array(this.memory.buffer, 0, Math.min(this.#next + checkedBytes, this.memory.buffer.byteLength)).fill(
      guardByte,
    );
    this.#next = 64;
    this.#sizes.clear();
  }

  link<Name extends string>(kernel: Kernel<Name>): KernelFunctions<Name> {
    return instantiate(kernel, this.memory, { relaxed: false });
  }

  /** A block of exactly `bytes` writable bytes; what follows must stay as it is. */
  bytes(bytes: number): number {
    const address = this.#next;
    this.#sizes.set(address, bytes);
    this.#next = Math.ceil((address + bytes) / 16) * 16 + guardBytes;
    if (this.#next > this.memory.buffer.byteLength) throw new RangeError("The test memory is full.");
    return address;
  }

  floats(values: ArrayLike<number>): number {
    const address = this.bytes(4 * values.length);
    new Float32Array(this.memory.buffer, address, values.length).set(values);
    return address;
  }

  ints(values: ArrayLike<number>): number {
    const address = this.bytes(4 * values.length);
    new Int32Array(this.memory.buffer, address, values.length).set(values);
    return address;
  }

  readFloats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count).slice();
  }

  readInts(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count).slice();
  }

  readBytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, count).slice();
  }

  /** Throws when a byte outside the blocks has changed. */
  checkGuards(): void {
    const all = new Uint8Array(
      this.memory.buffer,
      0,
      Math.min(this.#next + checkedBytes, this.memory.buffer.byteLength),
    );
    let at = 0;
    for (const [address, bytes] of [...this.#sizes, [all.length, 0]]) {
      for (; at < address; at++) {
        if (all[at] !== guardByte) throw new Error(`A kernel wrote outside its output, at byte ${at}.`);
      }
      at = address + bytes;
    }
  }
}

/** Numbers of both signs in (-scale, scale), the same in every run. */
export const pseudoRandom = (count: number, scale = 1, seed = 1): Float32Array => {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * scale;
  });
};

/** |a - b| relative to the larger of |b| and 1; NaN and infinities must be equal. */
export const worstError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let index = 0; index < actual.length; index++) {
    const a = actual[index];
    const b = expected[index];
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b) / Math.max(1, Math.abs(b));
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
};
