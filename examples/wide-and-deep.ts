import {
  Adam,
  accuracy,
  Concatenate,
  Dense,
  Dropout,
  dataset,
  evaluate,
  fit,
  input,
  l2,
  Model,
  meanSquaredError,
  rSquared,
} from "gradus";
import { readCsv, type Table, tableDataset, tableEncoder } from "gradus/table";

// Two questions about a wine, its cultivar and the intensity of its colour, are answered by one network with two inputs and two
// outputs. Some measurements go straight to the answers (wide), the others through a hidden layer (deep).
const table = await readCsv("data/tabular/wine.csv");
const { train, test } = table.split({ parts: { train: 0.8, test: 0.2 }, stratified: "cultivar" });

const forWide = (wines: Table): Table => wines.select(["alcohol", "flavanoids", "hue", "proline", "cultivar"]);
const forDeep = (wines: Table): Table => wines.drop(["alcohol", "flavanoids", "hue", "proline", "cultivar"]);
const wideEncoder = tableEncoder(forWide(train), { target: "cultivar" });
const deepEncoder = tableEncoder(forDeep(train), { target: "color_intensity" });

const dataOf = (wines: Table) => {
  const wide = tableDataset(forWide(wines), wideEncoder);
  const deep = tableDataset(forDeep(wines), deepEncoder);
  return dataset({ x: { wide: wide.x, deep: deep.x }, y: { cultivar: wide.y, color: deep.y } });
};

const wide = input({ name: "wide", shape: wideEncoder.inputShape });
const deep = input({ name: "deep", shape: deepEncoder.inputShape });
const straight = wideEncoder.call(wide);
const hidden = new Dense({ units: 16, activation: "relu", kernelRegularizer: l2(0.01) }).call(deepEncoder.call(deep));
const joined = new Concatenate().call([straight, new Dropout({ rate: 0.3 }).call(hidden)]);
const model = new Model({
  name: "wines",
  inputs: { wide, deep },
  outputs: {
    cultivar: new Dense({ name: "cultivar", units: 3 }).call(joined),
    color: new Dense({ name: "color", units: 1 }).call(joined),
  },
  seed: 1,
});
console.log(model.summary());

// cultivar has labels, so its loss is known.
const compared = {
  loss: { color: meanSquaredError },
  lossWeights: { color: 0.5 },
  metrics: { cultivar: [accuracy], color: [rSquared] },
};
const history = await fit(model, dataOf(train), {
  ...compared,
  optimizer: new Adam({ learningRate: 0.01 }),
  epochs: 100,
  batchSize: 16,
});
console.log(history.epochs.at(-1)?.metrics);

const { loss, metrics } = evaluate(model, dataOf(test), compared);
console.log(`test loss: ${loss.toFixed(3)}`);
console.log(
  `test accuracy: ${Number(metrics.cultivarAccuracy).toFixed(3)}, R² of the colour: ${Number(metrics.colorRSquared).toFixed(3)}`,
);
