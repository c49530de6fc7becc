import { Adam, confusionMatrix, Dense, Dropout, earlyStopping, fit, Sequential } from "gradus";
import { readCsv, type Table, tableDataset, tableEncoder } from "gradus/table";

const table = await readCsv("data/tabular/breast-cancer.csv");
const target = "diagnosis";
// The test is put aside before anything is chosen or learnt.
const { train, test } = table.split({ parts: { train: 0.8, test: 0.2 }, stratified: target });

/** Trains on one table, stops when another one no longer gets better, and judges by a third. */
const judged = async (rows: Table, validation: Table, judge: Table) => {
  const encoder = tableEncoder(rows, { target });
  const model = new Sequential({
    inputShape: encoder.inputShape,
    layers: [
      encoder,
      new Dense({ units: 16, activation: "relu" }),
      new Dropout({ rate: 0.3 }),
      new Dense({ units: 2 }),
    ],
    seed: 42,
  });
  await fit(model, tableDataset(rows, encoder), {
    optimizer: new Adam({ learningRate: 0.005 }),
    epochs: 100,
    batchSize: 32,
    validation: tableDataset(validation, encoder),
    callbacks: [earlyStopping({ patience: 10, restoreBest: true })],
  });
  const { x, y } = tableDataset(judge, encoder);
  return confusionMatrix(model.predict(x), y);
};

// Every fold has its own encoder, made from its training rows.
const accuracies: number[] = [];
for (const fold of train.kFold({ folds: 5, stratified: target })) {
  accuracies.push((await judged(fold.train, fold.validation, fold.validation)).accuracy);
}
const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
console.log("validation:", accuracies.map((accuracy) => accuracy.toFixed(3)).join(" "), "mean:", mean.toFixed(3));

const parts = train.split({ parts: { train: 0.85, validation: 0.15 }, stratified: target });
const { accuracy, counts, classes } = await judged(parts.train, parts.validation, test);
console.log("test accuracy:", accuracy.toFixed(3), "found of the malignant:", classes[1].recall.toFixed(3));
console.table({
  benign: { "taken for benign": counts[0][0], "taken for malignant": counts[0][1] },
  malignant: { "taken for benign": counts[1][0], "taken for malignant": counts[1][1] },
});
