import { Adam, confusionMatrix, Dense, Dropout, earlyStopping, fit, Sequential } from "gradus";
import { readCsv, type Table, tableDataset, tableEncoder } from "gradus/table";

const table = await readCsv("data/tabular/breast-cancer.csv");
const target = "diagnosis";
// The test part is set aside before anything is chosen or learned.
const { train, test } = table.split({ parts: { train: 0.8, test: 0.2 }, stratified: target });

/** Trains on `rows`, stops when `validation` does not improve any more, and counts confusions on `measured`. */
const confusionsOf = async (rows: Table, validation: Table, measured: Table) => {
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
  const { x, y } = tableDataset(measured, encoder);
  return confusionMatrix(model.predict(x), y);
};

// Every fold has its own encoder, made from its training rows.
const accuracies: number[] = [];
for (const fold of train.kFold({ folds: 5, stratified: target })) {
  accuracies.push((await confusionsOf(fold.train, fold.validation, fold.validation)).accuracy);
}
const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
console.log("validation:", accuracies.map((accuracy) => accuracy.toFixed(3)).join(" "), "mean:", mean.toFixed(3));

const parts = train.split({ parts: { train: 0.85, validation: 0.15 }, stratified: target });
const { accuracy, counts, classes } = await confusionsOf(parts.train, parts.validation, test);
console.log("test accuracy:", accuracy.toFixed(3), "recall of malignant:", classes[1].recall.toFixed(3));
console.table({
  benign: { "predicted benign": counts[0][0], "predicted malignant": counts[0][1] },
  malignant: { "predicted benign": counts[1][0], "predicted malignant": counts[1][1] },
});
