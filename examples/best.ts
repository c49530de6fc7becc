import {
  Adam,
  BatchNorm,
  Dense,
  Dropout,
  evaluate,
  fit,
  gelu,
  heNormal,
  loadMnist,
  oneCycle,
  progressBar,
  Sequential,
} from "gradus";

// The best recipe that we found for 300 and 100 hidden units, without convolutions and without changing the images. We searched
// on the 5,000 validation images only. The test accuracy of the three seeds is 98.68, 98.66 and 98.70 %, in the mean 98.68 %
// (backend simd, which has the same bits on every machine).
const { train, validation, test } = await loadMnist({ validation: 5000 });
const [epochs, batchSize] = [40, 200];

/** A dense layer with batch norm between it and its activation. */
const block = (name: string, units: number) => [
  new Dense({ name, units, kernelInitializer: heNormal, useBias: false }),
  new BatchNorm({ name: `${name}_bn`, momentum: 0.9 }),
  gelu,
];

const accuracies: number[] = [];
for (const seed of [1, 2, 3]) {
  const model = new Sequential({
    name: "dnn",
    inputShape: [784],
    layers: [
      new Dropout({ name: "pixels", rate: 0.2 }),
      ...block("hidden1", 300),
      new Dropout({ name: "drop1", rate: 0.4 }),
      ...block("hidden2", 100),
      new Dropout({ name: "drop2", rate: 0.2 }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed,
  });
  // The rate rises for the first third of the steps, then falls to nearly 0, so that the weights settle.
  const totalSteps = epochs * Math.floor(train.size / batchSize);
  const optimizer = new Adam({ learningRate: oneCycle({ max: 0.003, totalSteps }) });
  const start = performance.now();
  await fit(model, train, { optimizer, epochs, batchSize, validation, callbacks: [progressBar()] });

  const seconds = (performance.now() - start) / 1000;
  const [onValidation, onTest] = [validation, test].map((data) => 100 * evaluate(model, data).accuracy!);
  console.log(
    `seed ${seed}: validation ${onValidation.toFixed(2)} %, test ${onTest.toFixed(2)} %, ${seconds.toFixed(0)} s`,
  );
  accuracies.push(onTest);
}
const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
console.log(`test accuracy, mean of ${accuracies.length} seeds: ${mean.toFixed(2)} %`);
