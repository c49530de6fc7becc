import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dense, evaluate, fit, loadDigits, Momentum, Sequential } from "gradus";
import { afterAll, beforeAll, expect, it } from "vitest";
import { constant, dense, node, placeholder, variable } from "../graph/tensorflow/metaNetworks.ts";
import { encodeMetaFiles, type MetaNodeFile, type MetaValues } from "../graph/tensorflow/metaWriter.ts";
import { bundleExample, onDigits, runProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-reuse-tensorflow-"));
afterAll(() => rmSync(folder, { recursive: true }));

const units = { hidden1: [64, 30], hidden2: [30, 20], outputs: [20, 10] } as const;

/** A network of digits that is trained a little, as TensorFlow 1 would save it with the slots of momentum. */
beforeAll(async () => {
  const { train, test } = await loadDigits();
  const model = new Sequential({
    seed: 1,
    inputShape: [64],
    layers: Object.entries(units).map(
      ([name, [, count]]) => new Dense({ name, units: count, ...(name !== "outputs" && { activation: "relu" }) }),
    ),
  });
  const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
  await fit(model, train, { optimizer, epochs: 5, batchSize: 50 });
  expect(evaluate(model, test).accuracy).toBeGreaterThan(0.7);
  const values: Record<string, MetaValues[string]> = {};
  const nodes: MetaNodeFile[] = [placeholder("X", [-1, 64])];
  let last = "X";
  for (const [name, shape] of Object.entries(units)) {
    const activation = name === "outputs" ? undefined : "Relu";
    nodes.push(...dense(name, last, shape, activation));
    last = `dnn/${name}/${activation ?? "BiasAdd"}`;
  }
  nodes.push(
    constant("rate", { dims: [], values: [0.01] }),
    constant("momentum", { dims: [], values: [0.9] }),
    node("gradient", "Const"),
  );
  for (const kept of model.variables) {
    const name = kept.name.replace(/^.*?\//, "");
    values[name] = { shape: kept.shape, values: [...kept.read().data] };
    values[`${name}/Momentum`] = { shape: kept.shape, values: [...optimizer.slots(kept).momentum.read().data] };
    nodes.push(
      ...variable(`${name}/Momentum`, kept.shape),
      node(`train/${name}`, "ApplyMomentum", [name, `${name}/Momentum`, "rate", "gradient", "momentum"]),
    );
  }
  const trainable = model.variables.map(({ name }) => `${name.replace(/^.*?\//, "")}:0`);
  const files = encodeMetaFiles({ nodes, collections: { trainable_variables: trainable } }, values);
  const prefix = join(folder, "my_model_final.ckpt");
  writeFileSync(`${prefix}.meta`, files.meta);
  writeFileSync(`${prefix}.index`, files.index);
  writeFileSync(`${prefix}.data-00000-of-00001`, files.data[0]);
}, 60_000);

it("examples/reuse-tensorflow.ts on the digits runs, resumes and extends a network of TensorFlow 1", async () => {
  const program = await bundleExample("reuse-tensorflow", folder, [
    ...onDigits.slice(0, 2),
    ["const { train, validation }", "const { train, test: validation }"],
  ]);
  const { code, out, error } = await runProgram(program, folder);
  expect([code, error]).toEqual([0, ""]);
  const lines = out.trim().split("\n");
  expect(out).toContain("'dnn/hidden2/Relu:0'");
  const accuracies = lines.filter((line) => line.startsWith("accuracy")).map((line) => Number(line.split(": ")[1]));
  expect(accuracies).toHaveLength(3);
  const [loaded, resumed, extended] = accuracies;
  expect(loaded).toBeGreaterThan(0.7);
  expect(resumed).toBeGreaterThanOrEqual(loaded - 0.02);
  expect(extended).toBeGreaterThan(0.3);
}, 60_000);
