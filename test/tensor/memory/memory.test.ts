import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arena } from "../../../src/tensor/memory/arena.ts";
import { heap } from "../../../src/tensor/memory/heap.ts";

/** A block that is marked with a number in every byte that was asked for. */
interface Block {
  readonly address: number;
  readonly bytes: number;
  readonly stamp: number;
}

const stampOn = (block: Block): void => {
  heap().u8.fill(block.stamp, block.address, block.address + block.bytes);
};

/** Whether a block still holds its mark. */
const isIntact = ({ address, bytes, stamp }: Block): boolean =>
  heap()
    .u8.subarray(address, address + bytes)
    .every((byte) => byte === stamp);

/** What is done: allocate a number of bytes, or free the block at a position (of those that there are). */
const actions = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ allocate: fc.integer({ min: 0, max: 5000 }) }) },
    { weight: 2, arbitrary: fc.record({ free: fc.nat(100) }) },
  ),
  { maxLength: 60 },
);

describe("heap", () => {
  test("blocks of the heap are aligned, never overlap, and merge again when they are freed", () => {
    fc.assert(
      fc.property(actions, (steps) => {
        const used = heap().usedBytes;
        const blocks: Block[] = [];
        steps.forEach((step, index) => {
          if ("allocate" in step) {
            const block = { address: heap().allocate(step.allocate), bytes: step.allocate, stamp: (index % 255) + 1 };
            expect(block.address % 16).toBe(0);
            expect(block.address).toBeGreaterThan(0);
            blocks.push(block);
            stampOn(block);
          } else if (blocks.length > 0) {
            const [freed] = blocks.splice(step.free % blocks.length, 1);
            expect(isIntact(freed)).toBe(true);
            heap().free(freed.address);
          }
        });
        expect(blocks.every(isIntact)).toBe(true);
        const total = blocks.reduce((sum, { bytes }) => sum + Math.max(Math.ceil(bytes / 16) * 16, 16), 0);
        expect(heap().usedBytes - used).toBe(total);
        for (const { address } of blocks) heap().free(address);
        expect(heap().usedBytes).toBe(used);
      }),
    );
  });

  test("freed blocks of the heap become one region, and a block of its whole size does not grow the memory", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 2, maxLength: 20 }),
        fc.nat(),
        (sizes, seed) => {
          const bytes = sizes.map((size) => Math.ceil(size / 16) * 16);
          const whole = heap().allocate(bytes.reduce((sum, size) => sum + size, 0));
          const end = heap().buffer.byteLength;
          heap().free(whole);
          const addresses = bytes.map((size) => heap().allocate(size));
          // Any order of freeing.
          const order = addresses
            .map((_, index) => index)
            .sort((a, b) => ((a * 7919 + seed) % 31) - ((b * 7919 + seed) % 31));
          for (const index of order) heap().free(addresses[index]);
          const again = heap().allocate(bytes.reduce((sum, size) => sum + size, 0));
          expect(again).toBe(whole);
          expect(heap().buffer.byteLength).toBe(end);
          heap().free(again);
        },
      ),
    );
  });

  test("a heap that grows keeps the values of its blocks, and updates its views", () => {
    const block = { address: heap().allocate(1000), bytes: 1000, stamp: 77 };
    stampOn(block);
    const before = heap().buffer.byteLength;
    const large = heap().allocate(before + 1);
    expect(heap().buffer.byteLength).toBeGreaterThan(before);
    expect([heap().f32.buffer, heap().i32.buffer]).toEqual([heap().buffer, heap().buffer]);
    expect(isIntact(block)).toBe(true);
    heap().free(large);
    heap().free(block.address);
  });

  test("the heap throws when a block that does not exist is freed, or a block is freed twice", () => {
    const address = heap().allocate(10);
    heap().free(address);
    expect(() => heap().free(address)).toThrow(`heap: no block at ${address}`);
    expect(() => heap().free(8)).toThrow("heap: no block at 8");
  });

  test("the heap throws for more than the machine can address, and continues to work", () => {
    const used = heap().usedBytes;
    const size = heap().buffer.byteLength;
    const text =
      /^OutOfMemoryError: memory: tensors need \d+ MiB in all, got \d+ MiB from this machine\. Use a smaller batch or model\.$/;
    let message = "";
    try {
      heap().allocate(2 ** 33);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(text);
    expect([heap().usedBytes, heap().buffer.byteLength]).toEqual([used, size]);
    const block = { address: heap().allocate(100), bytes: 100, stamp: 5 };
    stampOn(block);
    expect(isIntact(block)).toBe(true);
    heap().free(block.address);
  });
});

describe("arena", () => {
  test("allocations of the arena between a mark and its release never overlap, also across chunks", () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 100_000, max: 400_000 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(sizes, fc.nat(11), sizes, (first, at, second) => {
        const start = arena.mark();
        const kept = first.slice(0, at).map(place);
        const mark = arena.mark();
        const dropped = first.slice(at).map(place);
        expect([...kept, ...dropped].every(isIntact)).toBe(true);
        arena.release(mark);
        const later = second.map(place);
        expect([...kept, ...later].every(isIntact)).toBe(true);
        arena.release(start);
      }),
      { numRuns: 60 },
    );
  });

  test("the arena returns the same addresses again after a release", () => {
    const mark = arena.mark();
    const first = [100, 200, 300].map((bytes) => arena.allocate(bytes));
    arena.release(mark);
    expect([100, 200, 300].map((bytes) => arena.allocate(bytes))).toEqual(first);
    arena.release(mark);
  });

  test("chunks of the arena become one chunk when all is released, and then the memory does not grow", () => {
    const mark = arena.mark();
    const run = (): void => {
      for (let count = 0; count < 5; count++) arena.allocate(700_000);
      arena.release(mark);
    };
    run();
    run();
    const after = [arena.capacity, heap().usedBytes, heap().buffer.byteLength];
    for (let count = 0; count < 20; count++) run();
    expect([arena.capacity, heap().usedBytes, heap().buffer.byteLength]).toEqual(after);
  });
});

let stamps = 0;

const place = (bytes: number): Block => {
  stamps = (stamps % 255) + 1;
  const block = { address: arena.allocate(bytes), bytes, stamp: stamps };
  expect(block.address % 16).toBe(0);
  stampOn(block);
  return block;
};
