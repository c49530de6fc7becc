// The same network, trained by fit with a progress bar.
import { Dense, dataset, fit, progressBar, Sequential, SGD, type Tensor } from "gradus";

const model = new Sequential({
  inputShape: [784],
  layers: [
    new Dense({ units: 300, activation: "relu" }),
    new Dense({ units: 100, activation: "relu" }),
    new Dense({ units: 10 }),
  ],
});

export const train = async (x: Tensor, y: Tensor, epochs: number): Promise<Tensor> => {
  const optimizer = new SGD({ learningRate: 0.01 });
  await fit(model, dataset({ x, y }), { optimizer, epochs, batchSize: 50, callbacks: [progressBar()] });
  return model.predict(x);
};
