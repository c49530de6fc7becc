import { heap } from "./heap.ts";

const alignment = 16;
const smallestChunk = 1 << 18;

interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** Gives and takes the chunks of an arena. */
interface ChunkSource {
  readonly smallest: number;
  allocate(bytes: number): number;
  /** Undefined: chunks stay where they are for as long as the arena exists. */
  readonly free?: (address: number) => void;
}

const fromHeap: ChunkSource = {
  smallest: smallestChunk,
  allocate: (bytes) => heap().allocate(bytes),
  free: (address) => heap().free(address),
};

/**
 * Memory for temporaries: a pointer that moves up, and back. What is allocated after a mark is given back all at once by
 * `release(mark)`. When one chunk is not enough another is taken; when everything has been given back they become one,
 * so that the next step of the same size runs in one piece.
 */
export class Arena {
  #chunks: Chunk[] = [];
  #index = 0;
  #top = 0;
  #source: ChunkSource;

  constructor(source: ChunkSource = fromHeap) {
    this.#source = source;
  }

  /** Bytes held, used or not. */
  get capacity(): number {
    return this.#chunks.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** The address of `bytes` bytes, aligned to a vector; the content is undefined. May grow the heap: invalidates views. */
  allocate(bytes: number): number {
    const size = Math.max((bytes + alignment - 1) & -alignment, alignment);
    // Above 2 GiB the bit operations overflow; a block of that size goes through exact arithmetic.
    const exact = bytes > 0x7000_0000 ? Math.ceil(bytes / alignment) * alignment : size;
    for (;;) {
      const chunk = this.#chunks[this.#index];
      if (chunk !== undefined && this.#top + exact <= chunk.end) {
        const address = this.#top;
        this.#top += exact;
        return address;
      }
      if (this.#index + 1 < this.#chunks.length) {
        this.#index++;
      } else {
        const length = Math.max(exact, this.#source.smallest, this.capacity);
        const start = this.#source.allocate(length);
        this.#chunks.push({ start, end: start + length });
        this.#index = this.#chunks.length - 1;
      }
      this.#top = this.#chunks[this.#index]!.start;
    }
  }

  /** The address up to which the arena is in use; 0 when nothing was ever allocated. */
  mark(): number {
    return this.#top;
  }

  /** Gives back everything that was allocated after the mark was taken. */
  release(mark: number): void {
    const index = this.#chunks.findIndex(({ start, end }) => mark >= start && mark <= end);
    this.#index = Math.max(index, 0);
    this.#top = index < 0 ? (this.#chunks[0]?.start ?? 0) : mark;
    const { free } = this.#source;
    if (free && this.#chunks.length > 1 && this.#index === 0 && this.#top === this.#chunks[0]!.start) this.#unite(free);
  }

  /** Exchanges the memory of two arenas: what one gave out now belongs to the other. */
  exchange(other: Arena): void {
    [this.#chunks, other.#chunks] = [other.#chunks, this.#chunks];
    [this.#index, other.#index] = [other.#index, this.#index];
    [this.#top, other.#top] = [other.#top, this.#top];
    [this.#source, other.#source] = [other.#source, this.#source];
  }

  #unite(free: (address: number) => void): void {
    const total = this.capacity;
    for (const { start } of this.#chunks) free(start);
    this.#chunks = [];
    const start = this.#source.allocate(total);
    this.#chunks = [{ start, end: start + total }];
    this.#index = 0;
    this.#top = start;
  }
}

export const arena: Arena = /* @__PURE__ */ new Arena();
