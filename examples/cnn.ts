import {
  Adam,
  accuracy,
  BatchNorm,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  fit,
  loadMnist,
  MaxPooling2D,
  oneCycle,
  progressBar,
  Reshape,
  relu,
  Sequential,
  saveModel,
} from "gradus";

const { train, validation, test } = await loadMnist({ validation: 5000 });

// Images are [rows, height, width, channels], as in TensorFlow; batch norm takes its axis from there.
const model = new Sequential({
  name: "cnn",
  inputShape: [784],
  layers: [
    new Reshape({ shape: [28, 28, 1] }),
    new Conv2D({ name: "conv1", filters: 32, kernelSize: 3, padding: "valid", useBias: false }),
    new BatchNorm({ axis: -1, momentum: 0.9 }),
    relu,
    new MaxPooling2D({ poolSize: 2 }),
    new Conv2D({ name: "conv2", filters: 64, kernelSize: [3, 3], strides: 1, activation: "relu" }),
    new MaxPooling2D({ poolSize: 2 }),
    new Flatten(),
    new Dropout({ rate: 0.5 }),
    new Dense({ name: "hidden", units: 128, activation: "relu" }),
    new Dense({ name: "outputs", units: 10 }),
  ],
  seed: 42,
});
console.log(model.summary());

const epochs = 12;
const optimizer = new Adam({ learningRate: oneCycle({ max: 0.004, totalSteps: epochs * 550 }) });
await fit(model, train, { optimizer, epochs, batchSize: 100, validation, callbacks: [progressBar()] });
console.log("test accuracy:", accuracy(model.predict(test.x), test.y));
await saveModel(model, "cnn.safetensors");
