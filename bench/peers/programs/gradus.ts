// What a user writes: 784-300-100-10, ReLU, SGD.
import { Dense, Sequential, SGD, softmaxCrossEntropy, tensor } from "../../../src/index.ts";

export const start = (): { train: (x: Uint8Array, y: Uint8Array) => number; predict: (x: Uint8Array) => number } => {
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
    predict: (bytes) => model.predict(images(bytes)).data[0],
  };
};
