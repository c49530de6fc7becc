import {
  Dense,
  Dropout,
  earlyStopping,
  fit,
  l1,
  l2,
  loadMnist,
  Momentum,
  maxNorm,
  progressBar,
  Sequential,
} from "gradus";

const { train, validation } = await loadMnist({ validation: 5000 });

const model = new Sequential({
  name: "dnn",
  inputShape: [784],
  layers: [
    new Dropout({ rate: 0.2 }),
    new Dense({
      name: "hidden1",
      units: 300,
      activation: "relu",
      kernelConstraint: maxNorm(1.0, { axis: 1 }),
      kernelRegularizer: l2(1e-4),
    }),
    new Dropout({ rate: 0.5 }),
    new Dense({
      name: "hidden2",
      units: 100,
      activation: "elu",
      kernelConstraint: maxNorm(1.0, { axis: 1 }),
      kernelRegularizer: l1(1e-5),
    }),
    new Dropout({ rate: 0.5 }),
    new Dense({ name: "outputs", units: 10 }),
  ],
});

// fit adds the penalties to the loss, and applies the constraints after every update.
await fit(model, train, {
  optimizer: new Momentum({ learningRate: 0.01, momentum: 0.9 }),
  epochs: 100,
  batchSize: 50,
  validation,
  callbacks: [progressBar(), earlyStopping({ patience: 5, restoreBest: true })],
});
