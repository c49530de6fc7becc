// brain.js. It updates after each example, gives its output layer the activation of the others, and has no loss but the
// squared error. It does other work than the others, so its times are measured, but its losses are not compared.
import { createRequire } from "node:module";
import { batchesOf, inTurns, layersOf, serve } from "./worker.mjs";

const require = createRequire(import.meta.url);
const { NeuralNetwork } = require("brain.js");
const { version } = require("./node_modules/brain.js/package.json");

const rowsOf = ({ shape, data }, convert) => {
  const width = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, row) => convert(data.subarray(row * width, (row + 1) * width)));
};

const oneHot =
  (classes) =>
  ([label]) =>
    Array.from({ length: classes }, (_, index) => Number(index === label));

await serve(async (spec, tensors) => {
  const info = { library: `brain.js ${version}`, backend: "JavaScript", threads: "1 thread" };
  const network = new NeuralNetwork({
    activation: spec.activation,
    learningRate: spec.learningRate / spec.batch,
    // brain.js does not take 0; this value has no visible effect.
    momentum: 1e-9,
    praxis: spec.optimizer === "adam" ? "adam" : null,
  });
  network.sizes = [...spec.sizes];
  network.initialize();
  for (const [index, name] of layersOf(spec).entries()) {
    const [kernel, bias] = [tensors[`${name}/kernel`], tensors[`${name}/bias`]];
    const [inputs, units] = kernel.shape;
    network.biases[index + 1] = Array.from(bias.data);
    network.weights[index + 1] = Array.from({ length: units }, (_, unit) =>
      Array.from({ length: inputs }, (_, input) => kernel.data[input * units + unit]),
    );
  }
  const targets = spec.loss === "softmax" ? oneHot(spec.sizes.at(-1)) : Array.from;
  const batches = batchesOf(spec, tensors, (x, y) => {
    const outputs = y && rowsOf(y, targets);
    return rowsOf(x, (row) => Array.from(row)).map((input, row) => ({ input, output: outputs?.[row] }));
  });
  if (spec.task === "predict") {
    return {
      info,
      step: inTurns(batches, (rows) => Float32Array.from(rows.flatMap(({ input }) => Array.from(network.run(input))))),
    };
  }
  const step = inTurns(
    batches,
    (rows) => rows.reduce((total, row) => total + network.trainPattern(row, true), 0) / rows.length,
  );
  return { info, step };
});
