// 784-300-100-10, ReLU, SGD, with layers and an optimizer.
import { Dense, Sequential, SGD, softmaxCrossEntropy, type TypedArray, tensor } from "../../../src/index.ts";

export const start = (): {
  train: (images: Uint8Array, labels: Uint8Array) => number;
  predict: (images: Uint8Array) => TypedArray;
} => {
  const model = new Sequential({
    inputShape: [784],
    layers: [
      new Dense({ name: "hidden1", units: 300, activation: "relu" }),
      new Dense({ name: "hidden2", units: 100, activation: "relu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed: 1,
  });
  const optimizer = new SGD({ learningRate: 0.01 });
  const images = (bytes: Uint8Array) => tensor(bytes, { shape: [bytes.length / 784, 784], scale: 1 / 255 });
  return {
    train: (bytes, labels) => {
      const [x, y] = [images(bytes), tensor(Int32Array.from(labels))];
      return optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y)).item();
    },
    predict: (bytes) => model.predict(images(bytes)).data,
  };
};
