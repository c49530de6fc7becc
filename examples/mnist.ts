import {
  accuracy,
  type Batch,
  Dense,
  loadMnist,
  minibatches,
  Sequential,
  SGD,
  saveModel,
  softmaxCrossEntropy,
} from "gradus";

const { train, validation, test } = await loadMnist({ validation: 5000 });

const model = new Sequential({
  name: "dnn",
  inputShape: [784],
  layers: [
    new Dense({ name: "hidden1", units: 300, activation: "relu" }),
    new Dense({ name: "hidden2", units: 100, activation: "relu" }),
    new Dense({ name: "outputs", units: 10 }),
  ],
  seed: 42,
});
console.log(model.summary());

const optimizer = new SGD({ learningRate: 0.01 });

for (let epoch = 0; epoch < 20; epoch++) {
  let last: Batch | undefined;
  for (const { x, y } of minibatches(train, { batchSize: 50, seed: epoch })) {
    optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
    last = { x, y };
  }
  console.log(
    epoch,
    "batch accuracy:",
    accuracy(model.predict(last!.x), last!.y),
    "validation accuracy:",
    accuracy(model.predict(validation.x), validation.y),
  );
}

await saveModel(model, "my_model_final.safetensors");
console.log("test accuracy:", accuracy(model.predict(test.x), test.y));
