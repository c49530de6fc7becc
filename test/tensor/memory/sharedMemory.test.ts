import { afterEach, describe, expect, test, vi } from "vitest";
import * as i32 from "../../../src/wasm/assembler/instructions/i32.ts";
import { kernel } from "../../../src/wasm/assembler/kernel.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** A new heap. */
const freshHeap = async () => (await import("../../../src/tensor/memory/heap.ts")).heap();

/** An engine that reserves at most a number of pages for a memory; tells what it was asked for. */
const limitTo = (pages: number): WebAssembly.MemoryDescriptor[] => {
  const asked: WebAssembly.MemoryDescriptor[] = [];
  const { Memory, Module, Instance, validate } = WebAssembly;
  vi.stubGlobal("WebAssembly", {
    Module,
    Instance,
    validate,
    Memory: class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        asked.push(descriptor);
        if (descriptor.maximum! > pages) throw new RangeError("could not allocate memory");
        super(descriptor);
      }
    },
  });
  return asked;
};

describe("the memory", () => {
  test("the memory grows as far as the address space allows, and then throws", async () => {
    const asked = limitTo(1024);
    const heap = await freshHeap();
    expect(asked.map(({ maximum }) => maximum)).toEqual([65536, 32768, 16384, 8192, 4096, 2048, 1024]);
    heap.allocate(60 * 2 ** 20);
    expect(() => heap.allocate(5 * 2 ** 20)).toThrow(
      /^memory: tensors need 66 MiB in all, got 6\d MiB from this machine\. Use a smaller batch or model\.$/,
    );
  });

  test("the memory that threads share grows as far as the address space allows", async () => {
    limitTo(1024);
    const heap = await freshHeap();
    heap.share();
    expect([heap.isShared, heap.u8.length]).toEqual([true, 16 * 65536]);
    heap.allocate(60 * 2 ** 20);
    expect(() => heap.allocate(5 * 2 ** 20)).toThrow(/^memory: tensors need 66 MiB/);
  });

  test("the memory is an array for the reference kernels if the engine cannot make a WebAssembly memory", async () => {
    limitTo(8);
    const heap = await freshHeap();
    expect([heap.memory, heap.buffer instanceof ArrayBuffer]).toEqual([undefined, true]);
    const { getBackend, availableBackends } = await import("../../../src/tensor/interpret/backend.ts");
    expect([getBackend(), availableBackends()]).toEqual(["reference", ["reference"]]);
    const { add } = await import("../../../src/ops/elementwise/arithmetic.ts");
    const { tensor } = await import("../../../src/tensor/tensor.ts");
    expect(add(tensor([1, 2]), 3).toArray()).toEqual([4, 5]);
    heap.allocate(1e8);
    expect(heap.u8.length).toBeGreaterThan(1e8);
  });

  test("the memory keeps all addresses when it becomes shared, and grows", async () => {
    const heap = await freshHeap();
    const address = heap.allocate(1e6);
    heap.u8.fill(7, address, address + 1e6);
    const before = heap.u8.length;
    heap.share();
    expect([heap.u8.length, heap.buffer instanceof SharedArrayBuffer]).toEqual([before, true]);
    const far = heap.allocate(1e7);
    heap.u8.fill(8, far, far + 1e7);
    expect(heap.u8.subarray(address, address + 1e6).every((byte) => byte === 7)).toBe(true);
    expect(heap.f32.length).toBe(heap.u8.length / 4);
    const { memory } = heap;
    heap.share();
    expect(heap.memory).toBe(memory);
  });

  test("the memory does not change if it cannot become shared", async () => {
    const heap = await freshHeap();
    const { memory } = heap;
    limitTo(8);
    expect(() => heap.share()).toThrow("could not allocate memory");
    expect([heap.memory, heap.isShared]).toEqual([memory, false]);
  });
});

test("a kernel is bound to a shared memory when it was assembled for one", async () => {
  const { instantiate } = await import("../../../src/wasm/assembler/kernel.ts");
  const generator = kernel<"get">("get", (module) => {
    module.export("get", 1, (f, address) => f.result(i32.load(address)), "i32");
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  new Int32Array(memory.buffer)[3] = 42;
  expect(instantiate(generator, memory, { relaxed: false, shared: true }).get(12)).toBe(42);
  expect(() => instantiate(generator, memory, { relaxed: false })).toThrow(WebAssembly.LinkError);
});
