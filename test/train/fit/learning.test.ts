import {
  Adam,
  availableBackends,
  type Backend,
  BatchNorm,
  type Dataset,
  Dense,
  dataset,
  elu,
  evaluate,
  fit,
  getBackend,
  loadDigits,
  Momentum,
  Random,
  randomNormal,
  Sequential,
  SGD,
  setBackend,
  tensor,
} from "gradus";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** Two classes that wind around each other one and a half times: `count` points each, with a little noise. */
const spirals = (count: number, seed: number): Dataset => {
  const noise = randomNormal([2 * count, 2], { random: new Random(seed), stddev: 0.03 }).data;
  const points = Array.from({ length: 2 * count }, (_, index) => {
    const arm = index % 2;
    const along = Math.sqrt((index - arm) / 2 / count);
    const angle = 3 * Math.PI * along + Math.PI * arm;
    return [along * Math.cos(angle) + noise[2 * index], along * Math.sin(angle) + noise[2 * index + 1]];
  });
  return dataset({
    x: tensor(points),
    y: tensor(
      points.map((_, index) => index % 2),
      { dtype: "int32" },
    ),
  });
};

const before: Backend = getBackend();

describe.each(availableBackends())("learning on %s", (backend) => {
  beforeEach(() => setBackend(backend));
  afterEach(() => setBackend(before));

  it("fit learns XOR", async () => {
    const xor = dataset({
      x: tensor([
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]),
      y: tensor([0, 1, 1, 0], { dtype: "int32" }),
    });
    for (const seed of [1, 2, 3]) {
      const model = new Sequential({
        inputShape: [2],
        layers: [new Dense({ units: 8, activation: "tanh" }), new Dense({ units: 2 })],
        seed,
      });
      const optimizer = new SGD({ learningRate: 0.5 });
      const history = await fit(model, xor, { optimizer, epochs: 500, batchSize: 4 });
      expect(evaluate(model, xor).accuracy).toBe(1);
      expect(history.last("loss")).toBeLessThan(0.05);
    }
  });

  // The plain loops of the reference backend take minutes for these two.
  if (backend === "reference") return;

  it("fit separates two spirals", async () => {
    const model = new Sequential({
      inputShape: [2],
      layers: [
        new Dense({ units: 32, activation: "relu" }),
        new Dense({ units: 32, activation: "relu" }),
        new Dense({ units: 2 }),
      ],
      seed: 1,
    });
    const optimizer = new Adam({ learningRate: 0.01 });
    await fit(model, spirals(500, 1), { optimizer, epochs: 100, batchSize: 50 });
    expect(evaluate(model, spirals(500, 2)).accuracy).toBeGreaterThan(0.98);
  });

  it("fit learns the built-in digits", async () => {
    const { train, validation, test } = await loadDigits();
    const model = new Sequential({
      inputShape: [64],
      layers: [
        new Dense({ units: 100 }),
        new BatchNorm({ momentum: 0.9 }),
        elu,
        new Dense({ units: 50, activation: "relu" }),
        new Dense({ units: 10 }),
      ],
      seed: 1,
    });
    const optimizer = new Momentum({ learningRate: 0.05, momentum: 0.9 });
    const history = await fit(model, train, { optimizer, epochs: 20, batchSize: 32, validation });
    expect(history.last("accuracy")).toBeGreaterThan(0.99);
    expect(evaluate(model, test).accuracy).toBeGreaterThan(0.965);
  });
});
