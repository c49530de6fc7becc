import {
  Dense,
  type EncodedColumn,
  encodeModel,
  loadModel,
  Sequential,
  sum,
  TableEncoder,
  tensor,
  valueAndGrad,
  zeros,
} from "gradus";
import { describe, expect, it } from "vitest";
import { errorOf, onEachBackend } from "../helpers.ts";

const columns: readonly EncodedColumn[] = [
  { name: "size", type: "number", mean: 10, deviation: 4, missing: 12 },
  { name: "colour", type: "category", categories: ["green", "red"], unknown: "slot", missing: "red" },
  { name: "fresh", type: "boolean" },
  { name: "only", type: "category", categories: ["one"], unknown: "zeros" },
];
const nan = Number.NaN;

describe("TableEncoder", () => {
  onEachBackend(() => {
    it("TableEncoder standardizes numbers, encodes categories one-hot, and fills missing values", () => {
      const encoder = new TableEncoder({ columns });
      expect(encoder.inputShape).toEqual([4]);
      expect(encoder.features).toEqual(["size", "colour=green", "colour=red", "colour: unknown", "fresh", "only=one"]);
      const x = tensor([
        [14, 0, 1, 0],
        [nan, nan, 0, -1],
        [10, -1, 1, 0],
      ]);
      expect(encoder.call(x).toArray()).toEqual([
        [1, 1, 0, 0, 1, 1],
        [0.5, 0, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
      ]);
    });

    it("TableEncoder keeps NaN in a column without a replacement for missing values", () => {
      const plain = columns.map(({ missing: _, ...column }) => column) as readonly EncodedColumn[];
      const y = new TableEncoder({ columns: plain }).call(tensor([[nan, nan, nan, nan]]));
      expect(Array.from(y.data, Number.isNaN)).toEqual(Array(6).fill(true));
      const numbers = new TableEncoder({
        columns: [columns[0], { ...columns[0], name: "other", missing: undefined }] as never,
      });
      expect(numbers.call(tensor([[nan, nan]])).toArray()).toEqual([[0.5, nan]]);
    });

    it("TableEncoder works with columns of one kind, and without rows", () => {
      const numbers = new TableEncoder({ columns: [{ name: "a", type: "number", mean: 1, deviation: 2 }] });
      expect(numbers.call(tensor([[3], [1]])).toArray()).toEqual([[1], [0]]);
      const encoder = new TableEncoder({ columns: [{ name: "a", type: "category", categories: ["x"] }] });
      expect(encoder.call(tensor([[0], [5]])).toArray()).toEqual([[1], [0]]);
      expect(new TableEncoder({ columns }).call(zeros([0, 4])).shape).toEqual([0, 6]);
    });

    it("TableEncoder passes the gradient to numbers", () => {
      const encoder = new TableEncoder({ columns });
      const [, slope] = valueAndGrad((x: ReturnType<typeof tensor>) => sum(encoder.call(x)))(
        tensor([
          [14, 0, 1, 0],
          [nan, 1, 0, 0],
        ]),
      );
      expect(slope.toArray()).toEqual([
        [0.25, 0, 1, 0],
        [0, 0, 1, 0],
      ]);
    });
  });

  it("TableEncoder is saved with everything that it learned", async () => {
    const target = { name: "price", type: "number", mean: 1 / 3, deviation: 0.1 } as const;
    const encoder = new TableEncoder({ columns, target, name: "encoder" });
    const model = new Sequential({
      inputShape: encoder.inputShape,
      layers: [encoder, new Dense({ units: 1 })],
      seed: 1,
    });
    const loaded = await loadModel(encodeModel(model));
    const copy = loaded.layers[0] as TableEncoder;
    expect(copy).toBeInstanceOf(TableEncoder);
    expect([copy.columns, copy.target, copy.name]).toEqual([columns, target, "encoder"]);
    const x = tensor([[nan, 1, 0, 0]]);
    expect(loaded.predict(x).toArray()).toEqual(model.predict(x).toArray());
  });

  it("TableEncoder throws for a column or target that breaks a rule", () => {
    const error = (...some: unknown[]): string => errorOf(() => new TableEncoder({ columns: some as EncodedColumn[] }));
    const number = { name: "a", type: "number", mean: 0, deviation: 1 };
    expect(error()).toContain("columns must be a list of columns");
    expect(error({ ...number, type: "text" })).toContain('must be of type number, boolean, category, got "text"');
    expect(error({ ...number, type: "constructor" })).toContain("must be of type");
    expect(error({ ...number, deviation: 0 })).toContain(
      'TableEncoder: column "a": deviation must be a finite number above 0, got 0.',
    );
    expect(error({ ...number, mean: nan })).toContain('column "a": mean must be a finite number, got NaN');
    expect(error({ ...number, missing: "0" })).toContain('column "a": missing must be a finite number, got "0"');
    expect(error({ ...number, means: 0 })).toContain('got "means"');
    expect(error(number, number)).toContain(
      'the names of the columns must be a list of one or more texts, all different, got ["a", "a"]',
    );
    const category = { name: "c", type: "category", categories: ["x", "y"] };
    expect(error({ ...category, categories: ["x", "x"] })).toContain(
      'column "c": categories must be a list of one or more texts, all different, got ["x", "x"]',
    );
    expect(error({ ...category, categories: [] })).toContain("categories must be a list of one or more texts");
    expect(error({ ...category, missing: "z" })).toContain(
      'column "c": missing must be one of the categories, got "z"',
    );
    expect(error({ ...category, unknown: "drop" })).toContain("unknown must be one of error, zeros, slot");
    const many = Array.from({ length: 2 ** 20 }, (_, index) => String(index));
    expect(error({ ...category, categories: many }, number)).toContain(
      "may have 1048576 outputs together, got 1048577",
    );
    const target = (value: unknown): string =>
      errorOf(() => new TableEncoder({ columns: [columns[0]], target: value as TableEncoder["target"] }));
    expect(target({ name: "t", type: "text" })).toContain("the target must be of type");
    expect(target({ name: "t", type: "category", classes: "ab" })).toContain(
      'the target: classes must be a list of one or more texts, all different, got "ab"',
    );
    expect(target({ name: "t", type: "number", mean: 0 })).toContain(
      "the target: deviation must be a finite number above 0",
    );
    const encoder = new TableEncoder({ columns, name: "encoder" });
    expect(errorOf(() => encoder.call(zeros([2, 3])))).toContain(
      "encoder: each row of the input must have the 4 columns that the encoder knows, got rows of shape [3]",
    );
    expect(errorOf(() => encoder.call(zeros([4])))).toContain("got rows of shape []");
  });
});
