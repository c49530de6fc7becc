import { afterEach, describe, expect, it, vi } from "vitest";
import { nextTask, pacer } from "../../../src/train/batches/nextTask.ts";

describe("nextTask", () => {
  afterEach(() => vi.unstubAllGlobals());

  const letsTimersRun = async (): Promise<boolean> => {
    let ran = false;
    setTimeout(() => {
      ran = true;
    }, 0);
    const end = performance.now() + 5000;
    while (!ran && performance.now() < end) await nextTask();
    return ran;
  };

  it("nextTask lets timers run, which promises alone do not", async () => {
    expect(await letsTimersRun()).toBe(true);
  });

  it("nextTask works without setImmediate, as in browsers", async () => {
    vi.stubGlobal("setImmediate", undefined);
    expect(await letsTimersRun()).toBe(true);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((number) => nextTask().then(() => order.push(number))));
    expect(order).toEqual([1, 2, 3]);
  });

  it("nextTask is due after 15 ms", async () => {
    const { isDue, pause } = pacer();
    expect(isDue()).toBe(false);
    const end = performance.now() + 16;
    while (performance.now() < end);
    expect(isDue()).toBe(true);
    await pause();
    expect(isDue()).toBe(false);
  });
});
