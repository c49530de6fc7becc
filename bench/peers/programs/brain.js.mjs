// 784-300-100-10, ReLU; one example after the other, squared error.
// The main entry of brain.js needs Node's streams; its network alone can be bundled for a page.
import network from "brain.js/dist/neural-network.js";

const NeuralNetwork = network.default ?? network;

export const start = () => {
  const model = new NeuralNetwork({ hiddenLayers: [300, 100], activation: "relu", learningRate: 0.0002 });
  model.sizes = [784, 300, 100, 10];
  model.initialize();
  const row = (bytes, index) => Array.from(bytes.subarray(784 * index, 784 * (index + 1)), (byte) => byte / 255);
  return {
    train: (bytes, labels) => {
      let loss = 0;
      for (const [index, label] of labels.entries()) {
        const output = Array.from({ length: 10 }, (_, digit) => Number(digit === label));
        loss += model.trainPattern({ input: row(bytes, index), output }, true) / labels.length;
      }
      return loss;
    },
    predict: (bytes) => model.run(row(bytes, 0))[0],
  };
};
