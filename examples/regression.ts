import { Adam, Dense, fit, l2, meanAbsoluteError, meanSquaredError, rSquared, Sequential, tensor } from "gradus";
import { predictRows, readCsv, type Table, tableDataset, tableEncoder } from "gradus/table";

/** Trains a small network that predicts a number, and prints its errors on test rows. */
const regression = async (table: Table, target: string, missing?: "median"): Promise<Sequential> => {
  const { train, test } = table.split({ parts: { train: 0.8, test: 0.2 } });
  const encoder = tableEncoder(train, { target, missing });
  const model = new Sequential({
    inputShape: encoder.inputShape,
    layers: [
      encoder,
      new Dense({ units: 16, activation: "relu", kernelRegularizer: l2(0.02) }),
      new Dense({ units: 1, kernelRegularizer: l2(0.02) }),
    ],
    seed: 42,
  });
  await fit(model, tableDataset(train, encoder), {
    optimizer: new Adam({ learningRate: 0.005 }),
    epochs: 150,
    batchSize: 16,
    loss: meanSquaredError,
  });
  // The model learns deviations from the mean; predictions are in the unit of the column.
  const predicted = tensor(predictRows(model, test).map((row) => Number(row[target])));
  const actual = tensor(test.values(target).map(Number));
  console.log(`${target}: R² ${rSquared(predicted, actual).toFixed(3)}`);
  console.log(`  mean absolute error ${meanAbsoluteError(predicted, actual).item().toFixed(3)}`);
  return model;
};

// Twelve measurements and the cultivar, a category, predict the colour of a wine.
await regression(await readCsv("data/tabular/wine.csv"), "color_intensity");

// Numbers and a category predict the width of a petal. Every seventh length is missing; the median replaces it.
const irises = await readCsv("data/tabular/iris.csv");
const gaps = irises.derive("petal_length_cm", (row, index) => (index % 7 === 3 ? undefined : row.petal_length_cm));
const model = await regression(gaps, "petal_width_cm", "median");
const flower = { species: "virginica", sepal_length_cm: 6.3, sepal_width_cm: 2.9 };
console.log(
  predictRows(model, [
    { ...flower, petal_length_cm: 5.6 },
    { ...flower, petal_length_cm: undefined },
  ]),
);
