// npm run accuracy [-- --program mnist|batch-norm] [--seeds 3] [--epochs 20]: the accuracy of examples/mnist.ts and examples/batch-norm.ts on MNIST.
import { parseArgs } from "node:util";
import { batchNormalized, plain } from "../examples/start/networks.ts";
import {
  accuracy,
  clipByValue,
  fit,
  getBackend,
  loadMnist,
  type Mnist,
  minibatches,
  type Sequential,
  SGD,
  softmaxCrossEntropy,
} from "../src/index.ts";

const { values } = parseArgs({
  options: {
    program: { type: "string" },
    seeds: { type: "string", default: "3" },
    epochs: { type: "string", default: "20" },
  },
});
const epochs = Number(values.epochs);

/** Trains a network like one of the two examples. */
type Train = (model: Sequential, data: Mnist, seed: number) => Promise<unknown>;

/** Trains like examples/mnist.ts, with a seed. */
const trainMnist: Train = async (model, { train }, seed) => {
  const optimizer = new SGD({ learningRate: 0.01 });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { x, y } of minibatches(train, { batchSize: 50, seed: seed * 1000 + epoch })) {
      optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
    }
  }
};

/** Trains like examples/batch-norm.ts, with a seed. */
const trainBatchNorm: Train = (model, { train }, seed) =>
  fit(model, train, {
    optimizer: new SGD({ learningRate: 0.01, clip: clipByValue(-1, 1) }),
    epochs,
    batchSize: 200,
    seed,
  });

const programs = {
  mnist: { build: plain, train: trainMnist },
  "batch-norm": { build: batchNormalized, train: trainBatchNorm },
};
const data = await loadMnist({ validation: 5000 });
console.log(`Node ${process.versions.node}, backend ${getBackend()}, ${epochs} epochs`);
for (const [name, program] of Object.entries(programs)) {
  if (values.program !== undefined && values.program !== name) continue;
  const results: number[][] = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const start = performance.now();
    const model = program.build([784], seed);
    await program.train(model, data, seed);
    const [validation, test] = [data.validation, data.test].map(({ x, y }) => accuracy(model.predict(x), y));
    const seconds = (performance.now() - start) / 1000;
    results.push([validation, test]);
    console.log(
      `${name}, seed ${seed}: validation ${(100 * validation).toFixed(2)} %, test ${(100 * test).toFixed(2)} %, ${seconds.toFixed(1)} s`,
    );
  }
  const mean = (index: number): string =>
    ((100 * results.reduce((sum, result) => sum + result[index], 0)) / results.length).toFixed(2);
  console.log(`${name}, mean of ${results.length}: validation ${mean(0)} %, test ${mean(1)} %`);
}
