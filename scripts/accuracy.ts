// npm run accuracy [-- --program mnist|batch-norm] [--seeds 3] [--epochs 20]: what the seed's two programs reach on MNIST.
import { parseArgs } from "node:util";
import {
  accuracy,
  BatchNorm,
  clipByValue,
  Dense,
  elu,
  fit,
  getBackend,
  loadMnist,
  type Mnist,
  minibatches,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  varianceScaling,
} from "../src/index.ts";

const { values } = parseArgs({
  options: {
    program: { type: "string" },
    seeds: { type: "string", default: "3" },
    epochs: { type: "string", default: "20" },
  },
});
const epochs = Number(values.epochs);

/** As examples/mnist.ts, with a seed. */
const trainMnist = async ({ train, validation, test }: Mnist, seed: number): Promise<number[]> => {
  const model = new Sequential({
    name: "dnn",
    inputShape: [784],
    layers: [
      new Dense({ name: "hidden1", units: 300, activation: "relu" }),
      new Dense({ name: "hidden2", units: 100, activation: "relu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed,
  });
  const optimizer = new SGD({ learningRate: 0.01 });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { x, y } of minibatches(train, { batchSize: 50, seed: seed * 1000 + epoch })) {
      optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
    }
  }
  return [accuracy(model.predict(validation.x), validation.y), accuracy(model.predict(test.x), test.y)];
};

/** As examples/batch-norm.ts, with a seed: the seed's literal initializer (scale 1). */
const trainBatchNorm = async ({ train, validation, test }: Mnist, seed: number): Promise<number[]> => {
  const kernelInitializer = varianceScaling({ scale: 1, mode: "fanIn", distribution: "truncatedNormal" });
  const dense = (name: string, units: number): Dense => new Dense({ name, units, kernelInitializer });
  const batchNorm = (name: string): BatchNorm => new BatchNorm({ name, momentum: 0.9, epsilon: 1e-3 });
  const model = new Sequential({
    name: "dnn",
    inputShape: [784],
    layers: [
      dense("hidden1", 300),
      batchNorm("bn1"),
      elu,
      dense("hidden2", 100),
      batchNorm("bn2"),
      elu,
      dense("outputs", 10),
      batchNorm("bn3"),
    ],
    seed,
  });
  await fit(model, train, {
    optimizer: new SGD({ learningRate: 0.01, clip: clipByValue(-1, 1) }),
    epochs,
    batchSize: 200,
    seed,
  });
  return [accuracy(model.predict(validation.x), validation.y), accuracy(model.predict(test.x), test.y)];
};

const programs = { mnist: trainMnist, "batch-norm": trainBatchNorm };
const data = await loadMnist({ validation: 5000 });
console.log(`Node ${process.versions.node}, backend ${getBackend()}, ${epochs} epochs`);
for (const [name, program] of Object.entries(programs)) {
  if (values.program !== undefined && values.program !== name) continue;
  const results: number[][] = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const start = performance.now();
    const [validation, test] = await program(data, seed);
    const seconds = (performance.now() - start) / 1000;
    results.push([validation, test]);
    console.log(
      `${name}, seed ${seed}: validation ${(100 * validation).toFixed(2)} %, test ${(100 * test).toFixed(2)} %, ${seconds.toFixed(1)} s`,
    );
  }
  const mean = (index: number): string =>
    ((100 * results.reduce((sum, one) => sum + one[index], 0)) / results.length).toFixed(2);
  console.log(`${name}, mean of ${results.length}: validation ${mean(0)} %, test ${mean(1)} %`);
}
