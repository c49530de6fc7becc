// The seed's network: defined, trained with a loop of one's own over batches of one's own, and asked.
import { Dense, Sequential, SGD, softmaxCrossEntropy, type Tensor } from "gradus";

const model = new Sequential({
  inputShape: [784],
  layers: [
    new Dense({ units: 300, activation: "relu" }),
    new Dense({ units: 100, activation: "relu" }),
    new Dense({ units: 10 }),
  ],
});
const optimizer = new SGD({ learningRate: 0.01 });

export const train = (batches: Iterable<{ readonly x: Tensor; readonly y: Tensor }>): void => {
  for (const { x, y } of batches) {
    optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
  }
};

export const predict = (x: Tensor): Tensor => model.predict(x);
