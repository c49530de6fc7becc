import { Adam, Dense, encodeModel, fit, loadModel, meanSquaredError, Sequential, TableEncoder, tensor } from "gradus";
import { predictRows, tableDataset, tableEncoder, tableOf } from "gradus/table";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../layers/helpers.ts";

const base = [
  { city: "Ulm", rooms: 2, rent: 8 },
  { city: "Bonn", rooms: 3, rent: 12 },
  { city: undefined, rooms: 1, rent: 9 },
  { city: "Ulm", rooms: 4, rent: 15 },
];
const rows = tableOf(base);
const missing = { city: { value: "none" } } as const;

describe("an encoder with embedded categories", () => {
  test("puts the vectors of the categories behind the other features", () => {
    const encoder = tableEncoder(rows, { target: "rent", embed: { city: 2 }, missing, standardize: false });
    expect(encoder.features).toEqual(["rooms", "city[0]", "city[1]"]);
    const y = encoder.call(tableDataset(rows, encoder).x).toArray() as number[][];
    expect(encoder.variables.map(({ name, shape }) => [name, shape])).toEqual([
      ["table_encoder/city_embeddings", [3, 2]],
    ]);
    const [bonn, ulm, none] = encoder.variables[0].read().toArray() as number[][];
    expect(y).toEqual([
      [2, ...ulm],
      [3, ...bonn],
      [1, ...none],
      [4, ...ulm],
    ]);
    expect(Math.max(...y.flatMap((row) => row.slice(1)).map(Math.abs))).toBeLessThanOrEqual(0.05);
  });

  test("encodes an unknown category as zeros, in a slot, or not at all", () => {
    const columns = (unknown?: "zeros" | "slot") =>
      [{ name: "city", type: "category", categories: ["a", "b"], embed: 2, ...(unknown ? { unknown } : {}) }] as const;
    const x = tensor([[1], [-1]]);
    const zeros = new TableEncoder({ columns: columns("zeros"), seed: 1 });
    const [known, unknown] = zeros.call(x).toArray() as number[][];
    expect(unknown.map(Math.abs)).toEqual([0, 0]);
    expect(known).toEqual((zeros.variables[0].read().toArray() as number[][])[1]);
    const slot = new TableEncoder({ columns: columns("slot"), seed: 1 });
    const vectors = slot.call(x).toArray() as number[][];
    const table = slot.variables[0].read().toArray() as number[][];
    expect(table).toHaveLength(3);
    expect(vectors).toEqual([table[1], table[2]]);
    expect(errorOf(() => new TableEncoder({ columns: columns() }).call(x))).toBe(
      'ValueError: table_encoder: the category of column "city" must be a whole number from 0 to 1, got -1 in row 1. ' +
        'Make the encoder with { unknown: "zeros" }, or correct it.',
    );
  });

  test("keeps NaN for a missing category without a substitute, as one-hot columns do", () => {
    const encoder = new TableEncoder({ columns: [{ name: "c", type: "category", categories: ["a"], embed: 2 }] });
    expect(encoder.call(tensor([[Number.NaN]])).toArray()).toEqual([[Number.NaN, Number.NaN]]);
  });

  test("trains the vectors in fit, and saves them with the model", async () => {
    const encoder = tableEncoder(rows, { target: "rent", embed: { city: 2 }, missing, unknown: { city: "zeros" } });
    const model = new Sequential({
      inputShape: encoder.inputShape,
      layers: [encoder, new Dense({ units: 1 })],
      seed: 1,
    });
    const before = model.variables[0].read().toArray();
    const data = tableDataset(rows, encoder);
    const options = { optimizer: new Adam({ learningRate: 0.05 }), loss: meanSquaredError, epochs: 200, batchSize: 4 };
    await fit(model, data, { ...options, seed: 1 });
    expect(model.variables[0].read().toArray()).not.toEqual(before);
    expect(meanSquaredError(model.predict(data.x), data.y).item()).toBeLessThan(0.01);
    const loaded = await loadModel(encodeModel(model));
    const flats = [
      { city: "Ulm", rooms: 3 },
      { city: "Rome", rooms: 3 },
      { city: undefined, rooms: 3 },
    ];
    expect(predictRows(loaded, flats)).toEqual(predictRows(model, flats));
  });

  test("takes a column with more categories than one-hot columns may have", () => {
    const many = tableOf(Array.from({ length: 300 }, (_, row) => ({ id: `n${row}`, y: row % 2 })));
    expect(errorOf(() => tableEncoder(many, { target: "y" }))).toMatch(
      /must have from 1 to 256 categories, got 300 in 300 rows\. .* or train vectors: \{ embed: \{ "id": 8 \} \}\.$/,
    );
    expect(tableEncoder(many, { target: "y", embed: { id: 4 } }).features).toHaveLength(4);
  });

  test("throws for columns that are not categories, for unknown names and for lengths that are not whole", () => {
    const wrong = (embed: object): string =>
      errorOf(() => tableEncoder(rows, { target: "rent", missing, embed: embed as { city?: number } }));
    expect(wrong({ rooms: 2 })).toMatch(
      /^ValueError: tableEncoder: embed must name columns of categories, got "rooms", a column of type number\. Leave it out/,
    );
    expect(wrong({ town: 2 })).toMatch(/^ValueError: tableEncoder: embed: .*town/);
    expect(wrong({ city: 1.5 })).toMatch(
      /^ValueError: tableEncoder: embed: city must be a whole number from 1, got 1\.5/,
    );
  });
});
