import { Adam, Dense, evaluate, fit, loadModel, Sequential, saveModel } from "gradus";
import { predictRows, readCsv, tableDataset, tableEncoder } from "gradus/table";

const table = await readCsv("data/tabular/iris.csv");
const { train, test } = table.split({ parts: { train: 0.8, test: 0.2 }, stratified: "species" });

// The encoder learns means, deviations and classes from the training rows only.
const encoder = tableEncoder(train, { target: "species" });
const model = new Sequential({
  inputShape: encoder.inputShape,
  layers: [encoder, new Dense({ units: 16, activation: "relu" }), new Dense({ units: 3 })],
  seed: 42,
});
await fit(model, tableDataset(train, encoder), {
  optimizer: new Adam({ learningRate: 0.01 }),
  epochs: 60,
  batchSize: 16,
});
console.log("test accuracy:", evaluate(model, tableDataset(test, encoder)).accuracy);

// The file includes the encoder: a program that loads it does not need the table or the code above.
await saveModel(model, "iris.safetensors");
const loaded = await loadModel("iris.safetensors");
const flower = { petal_width_cm: 0.2, petal_length_cm: 1.4, sepal_width_cm: 3.5, sepal_length_cm: 5.1 };
console.log(predictRows(loaded, [flower])[0]);
