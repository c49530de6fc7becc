// npm run checkpoint [-- path/to/my_model_final.ckpt]: loads a checkpoint that TensorFlow 1 wrote for 784-300-100-10, under the
// names of a variable scope (dnn/hidden1/kernel) and of a name scope (hidden1/kernel), and fails unless it classifies 97.71 %
// of MNIST's test images rightly.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type AssignReport, accuracy, Dense, loadMnist, loadVariables, restore, Sequential } from "../src/index.ts";

const expected = 0.9771;

/** The path of the checkpoint: the argument, or a folder tf-checkpoint in or beside the folder that GRADUS_DATA names. */
const findCheckpoint = (): string => {
  const [, , named] = process.argv;
  if (named !== undefined) return named;
  const folder = process.env.GRADUS_DATA;
  if (!folder)
    throw new Error("Name the checkpoint, or in GRADUS_DATA the folder that has tf-checkpoint/ in it or beside it.");
  const places = [folder, join(folder, "..")].map((base) => resolve(base, "tf-checkpoint", "my_model_final.ckpt"));
  const checkpoint = places.find((place) => existsSync(`${place}.index`));
  if (checkpoint === undefined)
    throw new Error(`No checkpoint was found: looked for ${places.join(" and ")} (.index).`);
  return checkpoint;
};

const path = findCheckpoint();

/** The network of the checkpoint. */
const network = (): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape: [784],
    layers: [
      new Dense({ name: "hidden1", units: 300, activation: "relu" }),
      new Dense({ name: "hidden2", units: 100, activation: "relu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
  });

const { test } = await loadMnist();
const variables = await loadVariables(path);
const unscoped = new Map([...variables].map(([name, value]) => [name.replace("dnn/", ""), value]));
const ways: [names: string, load: (model: Sequential) => AssignReport | Promise<AssignReport>][] = [
  ["dnn/hidden1/kernel ...", (model) => restore(model, path)],
  ["hidden1/kernel ...", (model) => model.assign(unscoped, { rename: (name) => `dnn/${name}` })],
];
for (const [names, load] of ways) {
  const model = network();
  const { restored } = await load(model);
  const reached = accuracy(model.predict(test.x), test.y);
  console.log(`${names}: ${restored.length} variables, ${(100 * reached).toFixed(2)} % of ${test.size} test images`);
  if (Math.abs(reached - expected) > 1e-9) {
    console.error(`${(100 * expected).toFixed(2)} % was expected.`);
    process.exitCode = 1;
  }
}
