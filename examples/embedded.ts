import { Adam, Dense, fit, l2, meanSquaredError, Random, randomUniform, rSquared, Sequential } from "gradus";
import { predictRows, tableDataset, tableEncoder, tableOf } from "gradus/table";

// Rents of flats in 120 towns, 6 for each. What a town is like follows from two numbers that are not in the table: how dear a
// room is, and what the distance to the centre takes off. The network must find out about the towns from their names alone.
const random = new Random(7);
const draw = (count: number, min: number, max: number): readonly number[] => [
  ...randomUniform([count], { min, max, random }).data,
];
const towns = 120;
const perTown = 6;
const [perRoom, perKilometre] = [draw(towns, 100, 500), draw(towns, 0, 60)];
const [rooms, distances, noise] = [
  draw(towns * perTown, 1, 6),
  draw(towns * perTown, 0, 8),
  draw(towns * perTown, -60, 60),
];
const flats = tableOf(
  Array.from({ length: towns * perTown }, (_, row) => {
    const town = row % towns;
    const count = Math.floor(rooms[row]);
    const rent = 300 + perRoom[town] * count - perKilometre[town] * distances[row] + noise[row];
    return { town: `town ${town + 1}`, rooms: count, distance: distances[row], rent };
  }),
);
const { train, test } = flats.split({ parts: { train: 5 / 6, test: 1 / 6 }, stratified: "town", seed: 1 });

const trained = async (options: { readonly embed?: { readonly town: number } }): Promise<Sequential> => {
  const encoder = tableEncoder(train, { target: "rent", unknown: { town: "zeros" }, ...options });
  const penalty = { kernelRegularizer: l2(0.002) };
  const model = new Sequential({
    inputShape: encoder.inputShape,
    layers: [encoder, new Dense({ units: 32, activation: "tanh", ...penalty }), new Dense({ units: 1, ...penalty })],
    seed: 3,
  });
  const settings = { optimizer: new Adam({ learningRate: 0.005 }), loss: meanSquaredError, epochs: 150, batchSize: 32 };
  await fit(model, tableDataset(train, encoder), { ...settings, seed: 1 });
  const { x, y } = tableDataset(test, encoder);
  const score = rSquared(model.predict(x), y);
  console.log(`${options.embed ? "embedded" : "one-hot"}: ${encoder.features.length} features, R² ${score.toFixed(3)}`);
  return model;
};

await trained({});
const model = await trained({ embed: { town: 3 } });
console.log(
  predictRows(model, [
    { town: "town 1", rooms: 3, distance: 2 },
    { town: "somewhere else", rooms: 3, distance: 2 },
  ]),
);
