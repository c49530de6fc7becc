import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { exp, getThreads, randomUniform, setThreads } from "../../src/index.ts";
import { link } from "../../src/tensor/interpret/backend.ts";
import { threadPool } from "../../src/tensor/interpret/threadPool.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { claimAt, doneAt, stop } from "../../src/threads/mailbox.ts";
import type { SharedWork } from "../../src/threads/sharedWork.ts";
import { WorkerPool } from "../../src/threads/workerPool.ts";
import * as i32 from "../../src/wasm/assembler/instructions/i32.ts";
import { assemble, compile, type KernelFunctions, kernel } from "../../src/wasm/assembler/kernel.ts";

afterEach(async () => {
  vi.unstubAllGlobals();
  await setThreads(1);
});

/** `count(turns, at)` counts at an address, which takes its time; with an address outside the memory it fails. */
const counter = kernel<"count">("counter", (module) => {
  module.export("count", 2, (f, turns, at) => {
    const turn = f.local("i32");
    f.for(turn, 0, turns, 1, () => f.storeI32(at, i32.add(i32.load(at), 1)));
  });
});

/** So many turns that a worker has begun the other piece long before this one ends. */
const long = 3e8;

const sharedWork = (): SharedWork => threadPool() as SharedWork;

const computes = (): void => {
  const x = randomUniform([100_000], { seed: 1 });
  expect(exp(x).data[7]).toBe(exp(randomUniform([100_000], { seed: 1 })).data[7]);
};

describe("a worker that fails", () => {
  test("a worker that fails in the middle of a piece makes the call throw the reason", async () => {
    await setThreads(2);
    const at = heap().allocate(16);
    expect(() =>
      sharedWork().parallel(2, (index, link) => link(counter).count(index === 0 ? long : 1, index === 0 ? at : -16)),
    ).toThrow(
      /^threads: a worker must finish its piece, got RuntimeError: .*out of bounds.*\. Call setThreads\(1\), and report this error\.$/,
    );
    heap().free(at);
    expect(getThreads()).toEqual({ threads: 1, reason: expect.stringContaining("RuntimeError") });
    computes();
    expect(await setThreads(2)).toBe(2);
    computes();
  });

  test("a worker that fails to compile leaves its piece to the calling thread", async () => {
    await setThreads(2);
    const at = heap().allocate(16);
    heap().i32.fill(0, at / 4, at / 4 + 4);
    const threads = sharedWork().pool;
    const functions: KernelFunctions<string> = compile(
      assemble(counter, { relaxed: false, shared: true }),
      heap().memory!,
    );
    const damaged = threads.register(new Uint8Array([0, 0x61, 0x73, 0x6d, 9, 9, 9, 9]), functions);
    threads.begin();
    threads.piece();
    threads.call(damaged, 0, [long, at]);
    threads.piece();
    threads.call(damaged, 0, [5, at + 4]);
    threads.run();
    expect([...heap().i32.subarray(at / 4, at / 4 + 2)]).toEqual([long, 5]);
    heap().free(at);
    expect(getThreads()).toEqual({ threads: 1, reason: expect.stringContaining("CompileError") });
    computes();
  });

  test("a worker that fails while it is idle leaves the work to the other threads", async () => {
    await setThreads(3);
    const words = new Int32Array(sharedWork().pool.mailbox);
    // As if both had been ended from outside: they look at this word before they sleep, and return.
    Atomics.store(words, claimAt, stop);
    Atomics.notify(words, claimAt);
    await new Promise((resolve) => setTimeout(resolve, 100));
    computes();
    expect(Atomics.load(words, doneAt)).toBe(0);
  });

  test("a worker that never returns its work makes the call end with an error", async () => {
    const lost: number[] = [];
    const pool = new WorkerPool((worker) => lost.push(worker), 200);
    pool.workers = 1;
    const bytes = assemble(counter, { relaxed: false });
    const memory = new WebAssembly.Memory({ initial: 1 });
    const number = pool.register(bytes, compile(bytes, memory));
    const thief = new Worker(
      `const words = new Int32Array(require("node:worker_threads").workerData);
      for (;;) {
        const seen = Atomics.load(words, ${claimAt});
        const isOpen = ((seen >> 8) & 255) < (seen & 255);
        if (isOpen && Atomics.compareExchange(words, ${claimAt}, seen, seen - 1) === seen) break;
      }`,
      { eval: true, workerData: pool.mailbox },
    );
    try {
      await new Promise((resolve) => thief.once("online", resolve));
      await new Promise((resolve) => setTimeout(resolve, 200));
      pool.begin();
      for (const at of [0, 4]) {
        pool.piece();
        pool.call(number, 0, [long / 30, at]);
      }
      expect(() => pool.run()).toThrow(
        "threads: every piece must be finished, got none back: a worker took a piece of work and did not finish it.",
      );
      expect(lost).toContain(0);
    } finally {
      await thief.terminate();
    }
  });
});

describe("a job", () => {
  test("a job of one piece is done without a record", async () => {
    await setThreads(2);
    const at = heap().allocate(16);
    heap().i32.fill(0, at / 4, at / 4 + 4);
    sharedWork().parallel(1, (_, linked) => {
      expect(linked).toBe(link);
      linked(counter).count(3, at);
    });
    expect(heap().i32[at / 4]).toBe(3);
    heap().free(at);
  });

  test("a job of more pieces or calls than fit is done in several jobs", async () => {
    await setThreads(2);
    const at = heap().allocate(4 * 1000);
    const { i32: words } = heap();
    words.fill(0, at / 4, at / 4 + 1000);
    sharedWork().parallel(1000, (index, link) => link(counter).count(index, at + 4 * index));
    expect([...words.subarray(at / 4, at / 4 + 1000)]).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    words.fill(0, at / 4, at / 4 + 1000);
    sharedWork().parallel(3, (index, link) => {
      for (let call = 0; call < 40_000; call++) link(counter).count(1, at + 4 * index);
    });
    expect([...words.subarray(at / 4, at / 4 + 4)]).toEqual([40_000, 40_000, 40_000, 0]);
    heap().free(at);
  });

  test("a job that fails in the calling thread does not disturb the next job", async () => {
    await setThreads(2);
    const at = heap().allocate(16);
    // The calling thread takes the first piece. A worker that is awake takes the other one, which must not fail: it would
    // be dismissed.
    expect(() => sharedWork().parallel(2, (index, link) => link(counter).count(long, index === 0 ? -16 : at))).toThrow(
      WebAssembly.RuntimeError,
    );
    heap().free(at);
    computes();
    expect(() =>
      sharedWork().parallel(2, () => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
    computes();
  });

  test("a job that fails in both threads does not disturb the next job", async () => {
    await setThreads(2);
    const at = heap().allocate(32);
    const countThenFail = (): void =>
      sharedWork().parallel(2, (index, link) => {
        link(counter).count(long, at + 16 * index);
        link(counter).count(1, -16);
      });
    expect(countThenFail).toThrow(WebAssembly.RuntimeError);
    expect(getThreads()).toEqual({ threads: 1, reason: expect.stringContaining("RuntimeError") });
    heap().free(at);
    computes();
    expect(await setThreads(2)).toBe(2);
    computes();
  });

  test("a job runs on workers, not on the calling thread alone", async () => {
    await setThreads(2);
    const at = heap().allocate(32);
    sharedWork().parallel(2, (index, link) => link(counter).count(long, at + 16 * index));
    expect(Atomics.load(new Int32Array(sharedWork().pool.mailbox), doneAt)).toBe(1);
    heap().free(at);
  });
});

describe("where there is no", () => {
  test("setThreads returns 1 where there is no shared memory", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect(await setThreads(2)).toBe(1);
    expect(getThreads()).toEqual({ threads: 1, reason: "this engine has no SharedArrayBuffer" });
    computes();
    vi.unstubAllGlobals();
    expect(await setThreads(2)).toBe(2);
    expect(getThreads()).toEqual({ threads: 2 });
  });
});
