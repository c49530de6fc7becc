import {
  BatchNorm,
  clipByValue,
  Dense,
  elu,
  evaluate,
  fit,
  loadMnist,
  progressBar,
  Sequential,
  SGD,
  varianceScaling,
} from "gradus";

const { train, validation, test } = await loadMnist({ validation: 5000 });

// Functions with some options already chosen, like Python's partial().
const dense = (name: string, units: number) =>
  new Dense({
    name,
    units,
    kernelInitializer: varianceScaling({ scale: 1, mode: "fanIn", distribution: "truncatedNormal" }),
  });
const batchNorm = (name: string) => new BatchNorm({ name, momentum: 0.9, epsilon: 1e-3 });

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
  seed: 42,
});

// Each training step updates the moving statistics: there are no update ops to forget.
const history = await fit(model, train, {
  optimizer: new SGD({ learningRate: 0.01, clip: clipByValue(-1, 1) }),
  epochs: 20,
  batchSize: 200,
  validation,
  callbacks: [progressBar()],
});
console.log("validation accuracy:", history.last("validationAccuracy"), "test:", evaluate(model, test).accuracy);
