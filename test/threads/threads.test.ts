import { afterEach, describe, expect, test } from "vitest";
import {
  availableBackends,
  Dense,
  Dropout,
  dataset,
  exp,
  getBackend,
  getThreads,
  Momentum,
  matmul,
  minibatches,
  mul,
  randomUniform,
  Sequential,
  SGD,
  setBackend,
  setThreads,
  softmaxCrossEntropy,
  square,
  sum,
  type Tensor,
  tensor,
  Variable,
  valueAndGrad,
} from "../../src/index.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { expectSameBits } from "./bits.ts";

const fastest = getBackend();
afterEach(async () => {
  setBackend(fastest);
  await setThreads(1);
});

/** 784-64-10 with dropout, trained for a few steps: its losses, and its variables. */
const trainingRun = (): readonly Tensor[] => {
  const model = new Sequential({
    inputShape: [784],
    layers: [new Dense({ units: 64, activation: "relu" }), new Dropout({ rate: 0.5 }), new Dense({ units: 10 })],
    seed: 3,
  });
  const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
  const x = randomUniform([300, 784], { seed: 1 });
  const y = tensor(Int32Array.from({ length: 300 }, (_, index) => index % 10));
  const losses: number[] = [];
  for (const batch of minibatches(dataset({ x, y }), { batchSize: 100, seed: 5 })) {
    const loss = (): Tensor => softmaxCrossEntropy(model.call(batch.x, { training: true }), batch.y);
    losses.push(optimizer.minimize(loss, model.trainableVariables).item());
  }
  return [tensor(losses), ...model.variables.map((variable) => variable.read())];
};

describe("setThreads", () => {
  test("setThreads returns the number of threads, and getThreads reports it", async () => {
    expect(await setThreads(2)).toBe(2);
    expect(getThreads()).toEqual({ threads: 2 });
    expect(await setThreads(3)).toBe(3);
    expect(await setThreads(3)).toBe(3);
    expect(getThreads()).toEqual({ threads: 3 });
    expect(await setThreads(1)).toBe(1);
    expect(getThreads()).toEqual({ threads: 1 });
  });

  test.each([0, -1, 1.5, 65, Number.NaN, Number.POSITIVE_INFINITY, "2" as unknown as number])(
    "setThreads throws for %s",
    async (count) => {
      await expect(setThreads(count)).rejects.toThrow(
        `setThreads: the number of threads must be a whole number from 1 to 64, got ${count}. Take the number of cores.`,
      );
      expect(getThreads()).toEqual({ threads: 1 });
    },
  );

  test("setThreads throws within a step", async () => {
    let inside: Promise<number> | undefined;
    valueAndGrad((x: Tensor) => {
      inside = setThreads(2);
      inside.catch(() => undefined);
      return sum(x);
    })(tensor([1]));
    await expect(inside).rejects.toThrow(
      "setThreads: the number of threads can change between steps only, got a call inside a step.",
    );
  });

  test("setThreads runs one call after the other, and the last one decides", async () => {
    const calls = [2, 3, 1, 2].map((count) => setThreads(count));
    expect(await Promise.all(calls)).toEqual([2, 3, 1, 2]);
    expect(getThreads()).toEqual({ threads: 2 });
  });

  test("setThreads runs the next call after one that threw", async () => {
    const failing = setThreads(0);
    const next = setThreads(2);
    await expect(failing).rejects.toThrow("setThreads:");
    expect(await next).toBe(2);
  });
});

describe("values in the memory that becomes shared", () => {
  test("variables, slots and held tensors keep their values when threads are started and stopped", async () => {
    const variable = new Variable(randomUniform([400, 300], { seed: 1 }), { name: "w" });
    const optimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
    const alone = new Variable(variable.read(), { name: "alone" });
    const aloneOptimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
    for (let step = 0; step < 6; step++) aloneOptimizer.minimize(() => sum(square(alone.read())), [alone]);
    const held = exp(variable.read());
    const before = held.data;
    for (const threads of [1, 2, 3, 1, 2, 1]) {
      await setThreads(threads);
      optimizer.minimize(() => sum(square(variable.read())), [variable]);
    }
    expect(variable.read().data).toEqual(alone.read().data);
    expect(held.data).toEqual(before);
  });

  test("gradients of computeGradients keep their values when threads are started", async () => {
    const variable = new Variable(randomUniform([400, 300], { seed: 1 }), { name: "w" });
    const before = variable.read().data;
    const optimizer = new SGD({ learningRate: 0.5 });
    const { gradients } = optimizer.computeGradients(() => sum(square(variable.read())), [variable]);
    await setThreads(2);
    optimizer.applyGradients(gradients);
    expect(variable.read().data).toEqual(before.map(() => 0));
  });
});

describe("while threads run", () => {
  test("a training run has the same bits with threads", async () => {
    for (const backend of availableBackends().slice(1)) {
      setBackend(backend);
      await expectSameBits(trainingRun, backend);
    }
  });

  test("the backend can be changed while threads run", async () => {
    const [a, b] = [randomUniform([100, 300], { seed: 1 }), randomUniform([300, 200], { seed: 2 })];
    const products = availableBackends().map((backend) => {
      setBackend(backend);
      return matmul(a, b).data;
    });
    await setThreads(2);
    for (let turn = 0; turn < 3; turn++) {
      for (const [index, backend] of availableBackends().entries()) {
        setBackend(backend);
        expect(matmul(a, b).data).toEqual(products[index]);
      }
    }
  });

  test("the memory can grow while threads run", async () => {
    await setThreads(2);
    const kept: Tensor[] = [];
    const expected = exp(tensor([2])).item();
    while (kept.length < 4) {
      const before = heap().u8.length;
      const size = 2 ** (22 + kept.length);
      const variable = new Variable(mul(exp(tensor(new Float32Array(size).fill(2))), 1), { name: `v${kept.length}` });
      expect(heap().u8.length).toBeGreaterThan(before);
      const values = variable.read().data;
      expect([values[0], values[size >> 1], values[size - 1]]).toEqual([expected, expected, expected]);
      kept.push(variable.read());
    }
  });

  test("a step that throws does not disturb the next one while threads run", async () => {
    await setThreads(2);
    const variable = new Variable(randomUniform([400, 300], { seed: 1 }), { name: "w" });
    const before = variable.read().data;
    const optimizer = new SGD({ learningRate: 0.5 });
    expect(() =>
      optimizer.minimize(() => {
        exp(variable.read());
        throw new Error("no");
      }, [variable]),
    ).toThrow("no");
    expect(variable.read().data).toEqual(before);
    optimizer.minimize(() => sum(square(variable.read())), [variable]);
    expect(variable.read().data).toEqual(before.map(() => 0));
  });
});
