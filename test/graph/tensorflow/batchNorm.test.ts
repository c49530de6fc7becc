import {
  Adam,
  compile,
  encodeModel,
  gradientCheck,
  loadModel,
  mean,
  mul,
  randomNormal,
  SGD,
  square,
  sum,
  type Tensor,
  tensor,
} from "gradus";
import { Graph, loadMetaGraph } from "gradus/graph";
import { describe, expect, test } from "vitest";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { batchNormKinds, normalizedMeta, normalizedValues } from "./metaNetworks.ts";
import { encodeMetaFiles } from "./metaWriter.ts";

type Kind = (typeof batchNormKinds)[number];
const load = (kind: Kind, keep = 1, options: Parameters<typeof loadMetaGraph>[1] = {}): Promise<Graph> =>
  loadMetaGraph(encodeMetaFiles(normalizedMeta(kind, keep), normalizedValues), {
    output: keep < 1 ? "drop/cond/Merge:0" : "bn/batchnorm/add_1:0",
    ...options,
  });

const rows = [
  [1, 2],
  [3, -2],
  [5, 0],
  [-1, 4],
];
const column = (index: number): number[] => rows.map((row) => row[index]);
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
const batchMean = [0, 1].map((index) => average(column(index)));
const batchVariance = [0, 1].map((index) => average(column(index).map((x) => (x - batchMean[index]) ** 2)));
const [gamma, beta, movingMean, movingVariance] = [
  [2, 0.5],
  [1, -1],
  [0.5, 1],
  [4, 0.25],
];
const normalized = (means: readonly number[], variances: readonly number[]): number[] =>
  rows.flatMap((row) =>
    row.map((x, index) => ((x - means[index]) / Math.sqrt(variances[index] + 0.001)) * gamma[index] + beta[index]),
  );

const expectClose = (actual: Tensor, expected: readonly number[]): void => {
  for (const [index, value] of actual.data.entries()) expect(value).toBeCloseTo(expected[index], 5);
  expect(actual.size).toBe(expected.length);
};

const step = (net: Graph, optimizer: SGD | Adam): Tensor =>
  optimizer.minimize(() => mean(square(net.call(tensor(rows), { training: true }))), net.variables);

describe.each(batchNormKinds)("batch normalization of TensorFlow %s", (kind) => {
  test(`${kind}: inference uses the moving statistics, training those of the batch`, async () => {
    const net = await load(kind);
    expect(net.inputs.map(({ name }) => name)).toEqual(["X:0"]);
    expect(net.trainableVariables.map(({ name }) => name)).toEqual(["bn/gamma", "bn/beta"]);
    expectClose(net.call(tensor(rows)), normalized(movingMean, movingVariance));
    expectClose(net.variable("bn/moving_mean").read(), movingMean);
    expectClose(net.call(tensor(rows), { training: true }), normalized(batchMean, batchVariance));
  });

  test(`${kind}: a training step moves the statistics by a tenth of the way`, async () => {
    const net = await load(kind);
    step(net, new SGD({ learningRate: 0.1 }));
    const moved = (from: readonly number[], to: readonly number[]): number[] =>
      from.map((x, i) => 0.9 * x + 0.1 * to[i]);
    expectClose(net.variable("bn/moving_mean").read(), moved(movingMean, batchMean));
    expectClose(net.variable("bn/moving_variance").read(), moved(movingVariance, batchVariance));
    expect(net.variable("bn/gamma").read().data[0]).not.toBe(2);
  });

  test(`${kind}: a recorded step, a saved graph and a part of one do the same to the bit`, async () => {
    const [plain, recorded, part] = [
      await load(kind, 0.5, { seed: 5 }),
      await load(kind, 0.5, { seed: 5 }),
      await load(kind, 0.5, { seed: 5 }),
    ];
    const saved = await loadModel(encodeModel(plain), { as: Graph });
    const cut = part.upTo("drop/cond/Merge:0");
    const nets = [plain, recorded, saved, cut];
    const steps = nets.map((net) => {
      const optimizer = new Adam({ learningRate: 0.01 });
      return (x: Tensor) => optimizer.minimize(() => mean(square(net.call(x, { training: true }))), net.variables);
    });
    steps[1] = compile(steps[1]);
    for (let index = 0; index < 4; index++) {
      const x = randomNormal([6, 2], { seed: index });
      const [first, ...others] = steps.map((run) => run(x).item());
      for (const other of others) expect(other).toBe(first);
    }
    for (const { name } of plain.variables) {
      for (const net of nets) expect(sameBits(net.variable(name).read(), plain.variable(name).read()), name).toBe(true);
    }
    expect(plain.variable("bn/moving_mean").read().data[0]).not.toBe(0.5);
  });

  test(`${kind}: a frozen graph keeps its statistics and is run as in inference`, async () => {
    const net = await load(kind);
    net.freeze(/bn/);
    expectClose(net.call(tensor(rows), { training: true }), normalized(movingMean, movingVariance));
    expectClose(net.variable("bn/moving_variance").read(), movingVariance);
    net.unfreeze(/bn/);
    expectClose(net.call(tensor(rows), { training: true }), normalized(batchMean, batchVariance));
  });
});

describe("derivatives of a batch norm of TensorFlow", () => {
  test.each([false, true])("with training %s they agree with numeric ones in float64", async (training) => {
    const net = await load("1.5");
    const loss = (x: Tensor): Tensor =>
      sum(
        mul(
          square(net.call(x, { training })),
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
            [7, 8],
          ]),
        ),
      );
    const { worst } = gradientCheck(loss, [tensor(rows)], { variables: net.trainableVariables });
    expect(worst.error).toBeLessThan(1e-6);
    expectClose(net.variable("bn/moving_mean").read(), movingMean);
  });
});

describe("moving statistics in a file", () => {
  const withStatistics = (means: readonly number[], variances: readonly number[]): ReturnType<typeof encodeMetaFiles> =>
    encodeMetaFiles(normalizedMeta("1.5"), {
      ...normalizedValues,
      "bn/moving_mean": { shape: [2], values: means },
      "bn/moving_variance": { shape: [2], values: variances },
    });
  const output = "bn/batchnorm/add_1:0";

  test("statistics that never moved are reported, with how to load them", async () => {
    const files = withStatistics([0, 0], [1, 1]);
    await expect(loadMetaGraph(files, { output })).rejects.toThrow(
      "loadMetaGraph: moving statistics must have followed the data, got means of 0 and variances of 1 in bn/moving_mean, bn/moving_variance: " +
        "the run that saved them did not run tf.GraphKeys.UPDATE_OPS",
    );
    expect((await loadMetaGraph(files, { output, checkStatistics: false })).variables.length).toBe(4);
    expect((await loadMetaGraph(withStatistics([0, 0], [1, 0.9]), { output })).variables.length).toBe(4);
  });

  test("statistics that are not finite are named", async () => {
    await expect(loadMetaGraph(withStatistics([0.5, Number.NaN], [1, 2]), { output })).rejects.toThrow(
      "loadMetaGraph: moving statistics must be finite, got others in bn/moving_mean. Pass { checkStatistics: false }",
    );
  });

  test("a file that has lost its update ops trains without moving the statistics", async () => {
    const { collections, ...file } = normalizedMeta("1.5");
    const files = encodeMetaFiles(
      { ...file, collections: { trainable_variables: ["bn/gamma:0", "bn/beta:0"] } },
      normalizedValues,
    );
    expect(collections?.update_ops).toHaveLength(2);
    const net = await loadMetaGraph(files, { output });
    step(net, new SGD({ learningRate: 0.1 }));
    expectClose(net.variable("bn/moving_mean").read(), movingMean);
  });
});

describe("dropout of a graph", () => {
  test("dropout draws from the graph's stream in training alone, as its own dropout would", async () => {
    const net = await load("1.5", 0.5, { seed: 7 });
    const again = await load("1.5", 0.5, { seed: 7 });
    const other = await load("1.5", 0.5, { seed: 8 });
    const x = randomNormal([50, 2], { seed: 1 });
    const whole = (await load("1.5")).call(x, { training: true });
    const [first, second, different] = [net, again, other].map((graph) => graph.call(x, { training: true }));
    expect(sameBits(first, second)).toBe(true);
    expect(sameBits(first, different)).toBe(false);
    const dropped = first.data.filter((value) => value === 0).length;
    expect(dropped).toBeGreaterThan(25);
    expect(dropped).toBeLessThan(75);
    for (const [index, value] of first.data.entries())
      if (value !== 0) expect(value).toBeCloseTo(2 * whole.data[index], 4);
    expect(net.call(x).data.includes(0)).toBe(false);
  });
});
