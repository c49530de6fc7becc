// The same network with functions of tensors only, like the programs of the peers, which do not use layers either.
import {
  add,
  matmul,
  mul,
  randomUniform,
  relu,
  softmaxCrossEntropy,
  sub,
  type Tensor,
  type TypedArray,
  tensor,
  valueAndGrad,
  zeros,
} from "../../../src/index.ts";

const layer = (seed: number, inputs: number, units: number): Tensor[] => {
  const limit = Math.sqrt(6 / (inputs + units));
  return [randomUniform([inputs, units], { min: -limit, max: limit, seed }), zeros([units])];
};

const call = (x: Tensor, [kernel, bias, ...rest]: readonly Tensor[]): Tensor => {
  const y = add(matmul(x, kernel), bias);
  return rest.length > 0 ? call(relu(y), rest) : y;
};

export const start = (): {
  train: (images: Uint8Array, labels: Uint8Array) => number;
  predict: (images: Uint8Array) => TypedArray;
} => {
  let weights = [...layer(1, 784, 300), ...layer(2, 300, 100), ...layer(3, 100, 10)];
  const images = (bytes: Uint8Array) => tensor(bytes, { shape: [bytes.length / 784, 784], scale: 1 / 255 });
  return {
    train: (bytes, labels) => {
      const [x, y] = [images(bytes), tensor(Int32Array.from(labels))];
      const [loss, gradients] = valueAndGrad((...all: Tensor[]) => softmaxCrossEntropy(call(x, all), y))(...weights);
      weights = weights.map((weight, index) => sub(weight, mul(gradients[index], 0.01)));
      return loss.item();
    },
    predict: (bytes) => call(images(bytes), weights).data,
  };
};
