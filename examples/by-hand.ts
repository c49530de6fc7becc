import {
  clip,
  clipByValue,
  clipNorm,
  Dense,
  loadMnist,
  minibatches,
  Sequential,
  SGD,
  softmaxCrossEntropy,
} from "gradus";

// What fit and minimize do for you, one call at a time.
const { train } = await loadMnist({ validation: 5000 });
const hidden1 = new Dense({ name: "hidden1", units: 300, activation: "relu" });
const model = new Sequential({
  name: "dnn",
  inputShape: [784],
  layers: [hidden1, new Dense({ name: "outputs", units: 10 })],
});
const optimizer = new SGD({ learningRate: 0.01 });

for (const { x, y } of minibatches(train, { batchSize: 200, seed: 1 })) {
  // Compute, clip, apply.
  const { loss, gradients } = optimizer.computeGradients(
    () => softmaxCrossEntropy(model.call(x, { training: true }), y),
    model.trainableVariables,
  );
  optimizer.applyGradients(clipByValue(-1, 1)(gradients));

  // Max norm by hand: clip the weights, and assign them. Any (weights) => weights can be a constraint.
  hidden1.kernel.assign(clipNorm(hidden1.kernel.read(), 1.0, { axis: 1 }));
  hidden1.bias.assign(clip(hidden1.bias.read(), { min: -1, max: 1 }));

  if (loss.item() < 0.1) break;
}
