// npm run accuracy [-- --program mnist|batch-norm|cnn] [--seeds 3] [--first 1] [--epochs N]: the accuracy of examples/mnist.ts, examples/batch-norm.ts
// and examples/cnn.ts on MNIST.
import { parseArgs } from "node:util";
import { batchNormalized, convolutional, plain } from "../examples/start/networks.ts";
import {
  Adam,
  accuracy,
  clipByValue,
  fit,
  getBackend,
  loadMnist,
  type Mnist,
  minibatches,
  oneCycle,
  type Sequential,
  SGD,
  softmaxCrossEntropy,
} from "../src/index.ts";

const { values } = parseArgs({
  options: {
    program: { type: "string" },
    seeds: { type: "string", default: "3" },
    first: { type: "string", default: "1" },
    epochs: { type: "string" },
  },
});

/** Trains a network like one of the examples. */
type Train = (model: Sequential, data: Mnist, seed: number, epochs: number) => Promise<unknown>;

/** Trains like examples/mnist.ts, with a seed. */
const trainMnist: Train = async (model, { train }, seed, epochs) => {
  const optimizer = new SGD({ learningRate: 0.01 });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { x, y } of minibatches(train, { batchSize: 50, seed: seed * 1000 + epoch })) {
      optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
    }
  }
};

/** Trains like examples/batch-norm.ts, with a seed. */
const trainBatchNorm: Train = (model, { train }, seed, epochs) =>
  fit(model, train, {
    optimizer: new SGD({ learningRate: 0.01, clip: clipByValue(-1, 1) }),
    epochs,
    batchSize: 200,
    seed,
  });

/** Trains like examples/cnn.ts, with a seed. */
const trainCnn: Train = (model, { train }, seed, epochs) =>
  fit(model, train, {
    optimizer: new Adam({ learningRate: oneCycle({ max: 0.004, totalSteps: epochs * 550 }) }),
    epochs,
    batchSize: 100,
    seed,
  });

const programs = {
  mnist: { build: plain, train: trainMnist, epochs: 20 },
  "batch-norm": { build: batchNormalized, train: trainBatchNorm, epochs: 20 },
  cnn: { build: convolutional, train: trainCnn, epochs: 12 },
};
const data = await loadMnist({ validation: 5000 });
console.log(`Node ${process.versions.node}, backend ${getBackend()}`);
for (const [name, program] of Object.entries(programs)) {
  if (values.program !== undefined && values.program !== name) continue;
  const results: number[][] = [];
  const epochs = values.epochs === undefined ? program.epochs : Number(values.epochs);
  const first = Number(values.first);
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const start = performance.now();
    const model = program.build([784], seed);
    await program.train(model, data, seed, epochs);
    const [validation, test] = [data.validation, data.test].map(({ x, y }) => accuracy(model.predict(x), y));
    const seconds = (performance.now() - start) / 1000;
    results.push([validation, test]);
    console.log(
      `${name}, ${epochs} epochs, seed ${seed}: validation ${(100 * validation).toFixed(2)} %, test ${(100 * test).toFixed(2)} %, ${seconds.toFixed(1)} s`,
    );
  }
  const mean = (index: number): string =>
    ((100 * results.reduce((sum, result) => sum + result[index], 0)) / results.length).toFixed(2);
  console.log(`${name}, mean of ${results.length}: validation ${mean(0)} %, test ${mean(1)} %`);
}
