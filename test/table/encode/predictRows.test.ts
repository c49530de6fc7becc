import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Activation,
  Adam,
  add,
  binaryAccuracy,
  Dense,
  div,
  encodeModel,
  fit,
  loadModel,
  meanSquaredError,
  mul,
  Sequential,
  saveModel,
  sigmoidCrossEntropy,
  softmax,
  tensor,
} from "gradus";
import { encodeRows, type Prediction, predictRows, readCsv, tableDataset, tableEncoder, tableOf } from "gradus/table";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { errorOf } from "../../layers/helpers.ts";
import { bundleProgram } from "../../train/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-predict-"));
afterAll(() => rmSync(folder, { recursive: true }));
const flower = { petal_width_cm: 0.2, sepal_length_cm: 5.1, petal_length_cm: 1.4, sepal_width_cm: 3.5 };

describe("predictRows", () => {
  let model: Sequential;
  let irises: Awaited<ReturnType<typeof readCsv>>;
  beforeAll(async () => {
    irises = await readCsv("data/tabular/iris.csv");
    const encoder = tableEncoder(irises, { target: "species" });
    model = new Sequential({ inputShape: encoder.inputShape, layers: [encoder, new Dense({ units: 3 })], seed: 1 });
    const data = tableDataset(irises, encoder);
    await fit(model, data, { optimizer: new Adam({ learningRate: 0.05 }), epochs: 30, batchSize: 30 });
  });

  it("predictRows returns classes and their probabilities", () => {
    const [prediction] = predictRows<"species", string>(model, [flower]);
    expectTypeOf(prediction.species).toEqualTypeOf<string>();
    expectTypeOf(prediction).toExtend<Prediction<"species">>();
    expect(prediction.species).toBe("setosa");
    expect(Object.keys(prediction.probabilities ?? {})).toEqual(["setosa", "versicolor", "virginica"]);
    const sum = Object.values(prediction.probabilities ?? {}).reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(1, 12);
    expect(prediction.probabilities?.setosa).toBeGreaterThan(0.9);
    expect(predictRows(model, [])).toEqual([]);
  });

  it("predictRows returns the same for a table, for its rows, and from a loaded model", async () => {
    const expected = predictRows(model, irises);
    expect(predictRows(model, [...irises])).toEqual(expected);
    expect(predictRows(await loadModel(encodeModel(model)), irises)).toEqual(expected);
    const right = irises.values("species").filter((species, row) => expected[row].species === species);
    expect(right.length).toBeGreaterThan(140);
  });

  it("predictRows works in another process that has only the file", async () => {
    await saveModel(model, join(folder, "iris.safetensors"));
    const text = `
      import { loadModel } from "gradus";
      import { predictRows } from "gradus/table";
      console.log(JSON.stringify(predictRows(await loadModel("iris.safetensors"), [${JSON.stringify(flower)}])));`;
    await bundleProgram(folder, join(folder, "predict.mjs"), text);
    const { stdout, stderr } = spawnSync(process.execPath, ["predict.mjs"], { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(predictRows(model, [flower]));
  });

  it("predictRows returns numbers in the unit of the column", async () => {
    const table = tableOf(Array.from({ length: 40 }, (_, row) => ({ rooms: row % 8, price: 1e5 + 5e4 * (row % 8) })));
    const encoder = tableEncoder(table, { target: "price" });
    const linear = new Sequential({ inputShape: [1], layers: [encoder, new Dense({ units: 1 })], seed: 1 });
    await fit(linear, tableDataset(table, encoder), {
      optimizer: new Adam({ learningRate: 0.05 }),
      epochs: 120,
      batchSize: 10,
      loss: meanSquaredError,
    });
    const loaded = await loadModel(encodeModel(linear));
    const [prediction] = predictRows<"price", number>(loaded, [{ rooms: 3 }]);
    expect(Object.keys(prediction)).toEqual(["price"]);
    expect(Math.abs(prediction.price - 2.5e5)).toBeLessThan(2e3);
  });

  it("predictRows returns true and false", () => {
    const table = tableOf([
      { size: 1, good: true },
      { size: 2, good: false },
    ]);
    const encoder = tableEncoder(table, { target: "good" });
    const some = new Sequential({ inputShape: [1], layers: [encoder, new Dense({ units: 2, seed: 1 })] });
    const [prediction] = predictRows(some, [{ size: 1.2 }]);
    expect(Object.keys(prediction.probabilities ?? {})).toEqual(["false", "true"]);
    expect(prediction.good).toBe(Number(prediction.probabilities?.true) > 0.5);
  });

  it("predictRows reads one score as true or false, or as one of two classes", async () => {
    const cells = Array.from({ length: 20 }, (_, row) => ({ size: row, good: row > 9, kind: row > 9 ? "yes" : "no" }));
    for (const target of ["good", "kind"] as const) {
      const table = tableOf(cells);
      const encoder = tableEncoder(table, { target, features: ["size"] });
      const layers = [encoder, new Dense({ units: 1 })];
      const answering = new Sequential({ inputShape: [1], layers, seed: 1 });
      await fit(answering, tableDataset(table, encoder), {
        optimizer: new Adam({ learningRate: 0.1 }),
        loss: sigmoidCrossEntropy,
        metrics: [binaryAccuracy()],
        epochs: 60,
      });
      const [low, high] = predictRows(await loadModel(encodeModel(answering)), [{ size: 1 }, { size: 18 }]);
      expect([low[target], high[target]]).toEqual(target === "good" ? [false, true] : ["no", "yes"]);
      const [, logit] = answering.predict(tensor([[1], [18]])).data;
      const probability = 1 / (1 + Math.exp(-logit));
      expect(Object.values(high.probabilities ?? {})[1]).toBeCloseTo(probability, 6);
      const [same] = predictRows(answering.extend([new Activation("sigmoid")]), [{ size: 18 }]);
      expect(same[target]).toBe(high[target]);
      expect(Object.values(same.probabilities ?? {})[1]).toBeCloseTo(probability, 5);
    }
    const three = new Sequential({
      inputShape: [4],
      layers: [tableEncoder(irises, { target: "species" }), new Dense({ units: 1 })],
    });
    expect(errorOf(() => predictRows(three, [flower]))).toContain("a score for each of the 3 classes");
  });

  it("predictRows treats absent keys as missing values if an option says so", () => {
    const table = tableOf([
      { a: 1, b: 2, y: 0 },
      { a: 3, b: 4, y: 1 },
    ]);
    const encoder = tableEncoder(table, { target: "y", missing: { a: { value: 0 } } });
    const net = new Sequential({ inputShape: [2], layers: [encoder, new Dense({ units: 1 })], seed: 1 });
    const absent = { absent: "missing" } as const;
    expect(predictRows(net, [{ b: 2 }], absent)).toEqual(predictRows(net, [{ a: undefined, b: 2 }]));
    expect(predictRows(net, tableOf([{ b: 2 }]), absent)).toEqual(predictRows(net, [{ a: 0, b: 2 }]));
    expect(encodeRows(encoder, [{ b: 2 }], absent).toArray()).toEqual([[Number.NaN, 2]]);
    expect(errorOf(() => predictRows(net, [{ b: 2 }]))).toContain('{ absent: "missing" }');
    expect(errorOf(() => predictRows(net, [{ a: 2 }], absent))).toContain('"b" must be a number, got nothing in row 0');
    expect(errorOf(() => predictRows(net, [{ A: 2, B: 3 }], absent))).toContain('each row must have "a"');
    expect(errorOf(() => predictRows(net, [{ b: 2 }], { absent: "zero" as "missing" }))).toContain(
      "absent must be one of",
    );
  });

  it("predictRows recognizes probabilities by the last layer or by the option", () => {
    const [expected] = predictRows(model, [flower]);
    const visible = model.extend([new Activation("softmax")]);
    const hidden = model.extend([new Activation((x) => softmax(x))]);
    for (const [prediction] of [
      predictRows(visible, [flower]),
      predictRows(hidden, [flower], { outputs: "probabilities" }),
    ]) {
      expect(prediction.species).toBe(expected.species);
      expect(prediction.probabilities?.setosa).toBeCloseTo(Number(expected.probabilities?.setosa), 5);
    }
    const [flattened] = predictRows(visible, [flower], { outputs: "scores" });
    expect(flattened.probabilities?.setosa).toBeLessThan(0.6);
    expect(errorOf(() => predictRows(model, [flower], { outputs: "logits" as "scores" }))).toContain("outputs must be");
  });

  it("predictRows divides probabilities by their sum, and throws for values that are not probabilities", () => {
    const fixed = (values: number[]) => model.extend([new Activation((x) => add(mul(x, 0), tensor([values])))]);
    const probabilities = { outputs: "probabilities" } as const;
    const [prediction] = predictRows(fixed([0.5, 0.75, -1e-7]), [flower], probabilities);
    expect(prediction.species).toBe("versicolor");
    expect(prediction.probabilities).toEqual({ setosa: 0.4, versicolor: 0.6, virginica: 0 });
    const fix = 'from "sequential". Pass { outputs: "scores" } if these are scores (logits).';
    const refused = (values: number[]) => errorOf(() => predictRows(fixed(values), [flower, flower], probabilities));
    expect(refused([-2, -0.25, 0.5])).toBe(
      `ValueError: predictRows: probabilities must lie from 0 to 1, got -2 for row 0 ${fix}`,
    );
    expect(refused([0, 1.5, 0])).toContain("must lie from 0 to 1, got 1.5 for row 0");
    expect(refused([0, 0, 0])).toBe(
      `ValueError: predictRows: some class must have a probability above 0, got 0 for all of them for row 0 ${fix}`,
    );
  });

  it("predictRows names rows and keys that do not fit", () => {
    const { petal_width_cm: _, ...without } = flower;
    expect(errorOf(() => predictRows(model, [flower, without]))).toBe(
      'ValueError: predictRows: each row must have "petal_width_cm", a number, got sepal_length_cm, petal_length_cm, ' +
        "sepal_width_cm in row 1. Add it.",
    );
    const plain = new Sequential({ name: "plain", inputShape: [4], layers: [new Dense({ units: 3 })] });
    expect(errorOf(() => predictRows(plain, [flower]))).toBe(
      'ValueError: predictRows: the model must begin with a TableEncoder that knows its target, got none in "plain". ' +
        "Make one with tableEncoder(train, { target }).",
    );
    const encoder = tableEncoder(irises, { target: "species" });
    const wrong = new Sequential({ name: "wrong", inputShape: [4], layers: [encoder, new Dense({ units: 1 })] });
    expect(errorOf(() => predictRows(wrong, [flower]))).toBe(
      'ShapeError: predictRows: wrong must output a score for each of the 3 classes of "species", got shape [1, 1]. ' +
        "End it with new Dense({ units: 3 }).",
    );
    const { x, y } = tableDataset(irises, encoder);
    expect([x.shape, y.shape]).toEqual([[150, 4], [150]]);
    const broken = model.extend([new Activation((x) => div(x, 0))]);
    expect(errorOf(() => predictRows(broken, [flower]))).toContain("the outputs of a model must be finite, got");
  });
});
