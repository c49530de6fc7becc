import { OutOfMemoryError } from "../../base/errors.ts";
import type { TypedArray } from "../dtype.ts";

const pageBytes = 65_536;
const maxPages = 65_536;
/** Blocks start and end at multiples of a vector, so that kernels may run over whole vectors. */
const alignment = 16;
/** Kernels may read up to a vector behind the last block; so much memory is kept there. */
const margin = 16;

/**
 * A memory that can grow as far as the address space allows: engines reserve what a memory may ever need, and where
 * addresses are few (32-bit processors, a limit on the process) they deny the 4 GiB that a kernel can address.
 */
const newMemory = (initial: number, shared: boolean): { memory: WebAssembly.Memory; maximum: number } => {
  for (let maximum = maxPages; ; maximum /= 2) {
    try {
      return { memory: new WebAssembly.Memory({ initial, maximum, shared }), maximum };
    } catch (error) {
      if (maximum / 2 < initial) throw error;
    }
  }
};

const alignUp = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

interface Region {
  start: number;
  end: number;
}

/**
 * The linear memory that all kernels work on: a WebAssembly memory, or where that cannot be had an ArrayBuffer that
 * is replaced by a larger one as it grows, for the reference kernels. Blocks are handed out best-fit from a list of free regions that are merged as
 * they are freed: there are few of them (variables, optimizer slots, the arena's chunks), since temporaries live in the
 * arena.
 */
class Heap {
  #memory: WebAssembly.Memory | undefined;
  #maximum = maxPages;
  #shared = false;
  /** Views of all the memory. Growing replaces them: read them after an allocation, never hold them across one. */
  u8: Uint8Array;
  f32: Float32Array;
  i32: Int32Array;
  /** By address. */
  readonly #free: Region[];
  readonly #blocks = new Map<number, number>();
  #used = 0;

  constructor() {
    try {
      const { memory, maximum } = newMemory(16, false);
      this.#memory = memory;
      this.#maximum = maximum;
    } catch {
      // No WebAssembly, or no addresses even for the smallest memory: V8 12 and older reserve 10 GiB for each.
    }
    const buffer = this.#memory?.buffer ?? new ArrayBuffer(16 * pageBytes);
    this.u8 = new Uint8Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.i32 = new Int32Array(buffer);
    // Address 0 stays unused, so that it can mean "nowhere".
    this.#free = [{ start: alignment, end: this.#end }];
  }

  /** Where blocks end at the latest. */
  get #end(): number {
    return this.u8.length - margin;
  }

  /** Undefined where the engine has no WebAssembly, or no address space for its memories. */
  get memory(): WebAssembly.Memory | undefined {
    return this.#memory;
  }

  /** Whether the memory is one that threads share. */
  get isShared(): boolean {
    return this.#shared;
  }

  /**
   * Moves everything into a memory that threads can share, at the same addresses. Kernels that were bound to the old one
   * must be bound again. Throws what the engine throws where there is no shared memory, and changes nothing then.
   */
  share(): void {
    if (this.#shared || this.#memory === undefined) return;
    const { memory, maximum } = newMemory(this.u8.length / pageBytes, true);
    new Uint8Array(memory.buffer).set(this.u8);
    this.#memory = memory;
    this.#maximum = maximum;
    this.#shared = true;
    this.#view(memory.buffer);
  }

  #view(buffer: ArrayBufferLike): void {
    this.u8 = new Uint8Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.i32 = new Int32Array(buffer);
  }

  /** Copies an array to an address. */
  write(array: TypedArray, address: number): void {
    // Without a view of the bytes, which would take longer than the copy of a small array.
    if (array instanceof Float32Array) this.f32.set(array, address / 4);
    else if (array instanceof Int32Array) this.i32.set(array, address / 4);
    else if (array instanceof Uint8Array) this.u8.set(array, address);
    else new Float64Array(this.buffer, address, array.length).set(array);
  }

  get buffer(): ArrayBufferLike {
    return this.u8.buffer;
  }

  /** Bytes in blocks that are in use. */
  get usedBytes(): number {
    return this.#used;
  }

  /** The address of a new block, aligned to 16 bytes; its content is undefined. Invalidates views. */
  allocate(bytes: number): number {
    const size = Math.max(alignUp(bytes, alignment), alignment);
    const region = this.#smallestFor(size) ?? this.#grow(size);
    const address = region.start;
    region.start += size;
    if (region.start === region.end) this.#free.splice(this.#free.indexOf(region), 1);
    this.#blocks.set(address, size);
    this.#used += size;
    return address;
  }

  free(address: number): void {
    const size = this.#blocks.get(address);
    if (size === undefined) throw new Error(`heap: no block at ${address}`);
    this.#blocks.delete(address);
    this.#used -= size;
    this.#giveBack({ start: address, end: address + size });
  }

  #smallestFor(size: number): Region | undefined {
    let best: Region | undefined;
    for (const region of this.#free) {
      const bytes = region.end - region.start;
      if (bytes >= size && (best === undefined || bytes < best.end - best.start)) best = region;
    }
    return best;
  }

  /** Makes the memory so much larger that the region at its end has the size, and gives that region. */
  #grow(size: number): Region {
    const end = this.#end;
    const last = this.#free.at(-1);
    const current = this.u8.length;
    const neededBytes = (last?.end === end ? last.start : end) + size + margin;
    // By an eighth at least: growing is cheap, but it detaches every view.
    const target = Math.min(Math.max(neededBytes, current + current / 8), this.#maximum * pageBytes);
    const pages = Math.ceil((target - current) / pageBytes);
    try {
      if (neededBytes > maxPages * pageBytes) throw new RangeError("beyond the 4 GiB of a 32-bit address");
      if (neededBytes > this.#maximum * pageBytes) throw new RangeError("beyond what the engine could reserve");
      if (this.#memory) this.#memory.grow(pages);
      const buffer = this.#memory?.buffer ?? new ArrayBuffer(current + pages * pageBytes);
      if (!this.#memory) new Uint8Array(buffer).set(this.u8);
      this.#view(buffer);
    } catch (cause) {
      throw new OutOfMemoryError(
        `memory: tensors need ${Math.ceil(neededBytes / 2 ** 20)} MiB in all, got ${Math.ceil(current / 2 ** 20)} MiB from this machine. ` +
          "Use a smaller batch or model.",
        { cause },
      );
    }
    this.#giveBack({ start: end, end: this.#end });
    return this.#free.at(-1)!;
  }

  /** Puts a region back into the list, which stays sorted by address, and merges it with its neighbours. */
  #giveBack(region: Region): void {
    let index = 0;
    while (index < this.#free.length && this.#free[index]!.start < region.start) index++;
    this.#free.splice(index, 0, region);
    const next = this.#free[index + 1];
    if (next !== undefined && next.start === region.end) {
      region.end = next.end;
      this.#free.splice(index + 1, 1);
    }
    const previous = this.#free[index - 1];
    if (previous !== undefined && previous.end === region.start) {
      previous.end = region.end;
      this.#free.splice(index, 1);
    }
  }
}

let instance: Heap | undefined;

/** The one heap of this thread, made when it is first needed. */
export const heap = (): Heap => {
  instance ??= new Heap();
  return instance;
};
