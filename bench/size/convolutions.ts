// A convolutional network for images of 28 x 28 pixels, with layers and an optimizer.
import {
  Conv2D,
  Dense,
  Flatten,
  MaxPooling2D,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  type TypedArray,
  tensor,
} from "gradus";

export const start = (): {
  train: (images: Uint8Array, labels: Uint8Array) => number;
  predict: (images: Uint8Array) => TypedArray;
} => {
  const model = new Sequential({
    inputShape: [28, 28, 1],
    layers: [
      new Conv2D({ filters: 8, kernelSize: 3, activation: "relu" }),
      new MaxPooling2D(),
      new Conv2D({ filters: 16, kernelSize: 3, activation: "relu" }),
      new MaxPooling2D(),
      new Flatten(),
      new Dense({ units: 10 }),
    ],
    seed: 1,
  });
  const optimizer = new SGD({ learningRate: 0.05 });
  const images = (bytes: Uint8Array) => tensor(bytes, { shape: [bytes.length / 784, 28, 28, 1], scale: 1 / 255 });
  return {
    train: (bytes, labels) => {
      const [x, y] = [images(bytes), tensor(Int32Array.from(labels))];
      return optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y)).item();
    },
    predict: (bytes) => model.predict(images(bytes)).data,
  };
};
