import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Momentum, SGD, softmaxCrossEntropy, type Tensor, tensor } from "gradus";
import { type Graph, loadMetaGraph, loadMetaOptimizer } from "gradus/graph";
import { describe, expect, test } from "vitest";

/** Files that TensorFlow has written: the folder graphs in or beside the folder of data sets. They are not part of the project. */
const data = process.env.GRADUS_DATA ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const folder = [data, join(data, "..")].map((base) => join(base, "graphs/tf1")).find((path) => existsSync(path));
if (!folder) console.info("metaFiles.test.ts: there are no files of TensorFlow, so they are not compared");

interface Known {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface KnownFile {
  readonly files: string;
  readonly feed: string;
  readonly width: number;
  readonly logits: string;
  readonly collections: Readonly<Record<string, readonly string[]>>;
  readonly tensors: readonly Known[];
  readonly training?: readonly Known[];
  readonly moving_after_step?: readonly Known[];
  readonly loss_f64: number;
  readonly slopes_f64: Readonly<Record<string, number>>;
  readonly loss_training_f64?: number;
}

const names = ["mlp_relu_tf13", "transfer_tf17", "dropout_tf17", "bn_elu_tf19"] as const;
const read = (name: string): KnownFile => JSON.parse(readFileSync(join(folder!, name, "expected.json"), "utf8"));
const load = (name: string): Promise<Graph> => {
  const { files, logits } = read(name);
  return loadMetaGraph(join(folder!, name, files), { output: logits });
};

/** Row r, column c: (7919r + 104729c mod 1000)/1000. */
const feedOf = (width: number): Tensor =>
  tensor(
    Array.from({ length: 4 }, (_, r) =>
      Array.from({ length: width }, (_, c) => ((7919 * r + 104729 * c) % 1000) / 1000),
    ),
  );
const labels = tensor([0, 1, 2, 3], { dtype: "int32" });

const expectClose = (actual: Tensor, { name, shape, data: expected }: Known): void => {
  expect(actual.shape, name).toEqual(shape);
  const scale = Math.max(1, ...expected.map(Math.abs));
  for (const [index, value] of actual.data.entries()) {
    expect(Math.abs(value - expected[index]) / scale, `${name} at ${index}`).toBeLessThan(1e-5);
  }
};

describe.skipIf(!folder)("a file of TensorFlow", () => {
  test.each(names)("%s gives what TensorFlow computes, inside too", async (name) => {
    const { feed, width, tensors, collections } = read(name);
    const net = await load(name);
    const values = net.run({ [feed]: feedOf(width) }, { outputs: tensors.map((known) => known.name) });
    for (const known of tensors) expectClose(values[known.name], known);
    const trained = collections.trainable_variables.map((variable) => variable.replace(":0", ""));
    expect(net.trainableVariables.map((variable) => variable.name).sort()).toEqual([...trained].sort());
  });

  test.each(names)("%s has the loss of TensorFlow, and gradients for the same variables", async (name) => {
    const { width, loss_f64, slopes_f64 } = read(name);
    const net = await load(name);
    const loss = (): Tensor => softmaxCrossEntropy(net.call(feedOf(width)), labels);
    expect(loss().item()).toBeCloseTo(loss_f64, 4);
    const optimizer = new SGD({ learningRate: 1 });
    const { gradients } = optimizer.computeGradients(loss, net.trainableVariables);
    const found = new Set(gradients.map(({ variable }) => variable.name));
    // Where gradients stop, there are none.
    const sloping = Object.entries(slopes_f64).filter(([, slope]) => slope !== 0);
    expect([...found].sort()).toEqual(sloping.map(([variable]) => variable).sort());
  });

  test("dropout_tf17 resumes with the momentum of its slots", async () => {
    const net = await load("dropout_tf17");
    const optimizer = await loadMetaOptimizer(join(folder!, "dropout_tf17", read("dropout_tf17").files), net);
    expect(optimizer).toBeInstanceOf(Momentum);
    expect(optimizer.config()).toEqual({ learningRate: 0.01, momentum: 0.9 });
    const { momentum } = optimizer.slots(net.variable("outputs/bias"));
    const before = [net.variable("outputs/bias").read().data, momentum.read().data].map((values) => [...values]);
    expect(before[1].some((value) => value !== 0)).toBe(true);
    const loss = (): Tensor => softmaxCrossEntropy(net.call(feedOf(784)), labels);
    const { gradients } = optimizer.computeGradients(loss, net.variables);
    const gradient = [...gradients.find(({ variable }) => variable.name === "outputs/bias")!.gradient.data];
    optimizer.minimize(loss, net.variables);
    for (const [index, value] of net.variable("outputs/bias").read().data.entries()) {
      expect(value).toBeCloseTo(before[0][index] - 0.01 * (0.9 * before[1][index] + gradient[index]), 6);
    }
  });

  test("bn_elu_tf19 trains with the moments of the batch, and moves its statistics as TensorFlow does", async () => {
    const { feed, width, training, moving_after_step, loss_training_f64 } = read("bn_elu_tf19");
    const net = await load("bn_elu_tf19");
    const outputs = training!.map((known) => known.name);
    const values = net.upTo(outputs[1]).run({ [feed]: feedOf(width) }, { outputs: [outputs[1]], training: true });
    expectClose(values[outputs[1]], training![1]);
    const fresh = await load("bn_elu_tf19");
    const loss = new SGD({ learningRate: 1e-30 }).minimize(
      () => softmaxCrossEntropy(fresh.call(feedOf(width), { training: true }), labels),
      fresh.variables,
    );
    expect(loss.item()).toBeCloseTo(loss_training_f64!, 4);
    for (const known of moving_after_step!) expectClose(fresh.variable(known.name).read(), known);
  });
});
