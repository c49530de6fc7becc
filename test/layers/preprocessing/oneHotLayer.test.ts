import { Dense, encodeModel, loadModel, OneHot, Sequential, tensor, zeros } from "gradus";
import { describe, expect, it } from "vitest";
import { errorOf, onEachBackend } from "../helpers.ts";

describe("OneHot", () => {
  onEachBackend(() => {
    it("OneHot puts a 1 at the place of the category", () => {
      const labels = tensor([2, 0], { dtype: "int32" });
      expect(new OneHot({ depth: 3 }).call(labels).toArray()).toEqual([
        [0, 0, 1],
        [1, 0, 0],
      ]);
      const columns = tensor([
        [1, 0],
        [0, 2],
      ]);
      expect(new OneHot({ depth: [2, 3] }).call(columns).toArray()).toEqual([
        [0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1],
      ]);
      expect(new OneHot({ depth: 3 }).call(columns).shape).toEqual([2, 6]);
      const bytes = tensor(Uint8Array.of(1, 0), { shape: [2, 1], dtype: "uint8" });
      expect(new OneHot({ depth: 2 }).call(bytes).toArray()).toEqual([
        [0, 1],
        [1, 0],
      ]);
    });

    it("OneHot encodes unknown categories by the option", () => {
      const x = tensor([[0], [5], [-1], [0.5], [Number.NaN]]);
      expect(new OneHot({ depth: 2, unknown: "zeros" }).call(x).toArray()).toEqual([[1, 0], ...Array(4).fill([0, 0])]);
      expect(new OneHot({ depth: 2, unknown: "slot" }).call(x).toArray()).toEqual([
        [1, 0, 0],
        ...Array(4).fill([0, 0, 1]),
      ]);
      const two = new OneHot({ depth: [1, 2], unknown: "slot" });
      expect(two.call(tensor([[7, 1]])).toArray()).toEqual([[0, 0, 1, 1, 0]]);
      expect(errorOf(() => new OneHot({ depth: 2, name: "kinds" }).call(x))).toBe(
        "ValueError: kinds: a category must be a whole number from 0 to 1, got 5 in row 1, column 0. Correct it, or pass " +
          '{ unknown: "zeros" } or { unknown: "slot" }.',
      );
    });

    it("OneHot works without rows", () => {
      expect(new OneHot({ depth: 3, unknown: "slot" }).call(zeros([0, 2])).shape).toEqual([0, 8]);
      expect(new OneHot({ depth: 1 }).call(zeros([1])).toArray()).toEqual([[1]]);
    });
  });

  it("OneHot is saved with its model", async () => {
    const layers = [new OneHot({ depth: [3, 2], unknown: "zeros" }), new Dense({ units: 2 })];
    const model = new Sequential({ inputShape: [2], layers, seed: 1 });
    const x = tensor([
      [2, 1],
      [9, 0],
    ]);
    const loaded = await loadModel(encodeModel(model));
    expect(loaded.predict(x).toArray()).toEqual(model.predict(x).toArray());
    expect((loaded.layers[0] as OneHot).unknown).toBe("zeros");
    expect(model.outputShape).toEqual([2]);
  });

  it("OneHot throws for options and inputs that break its rules", () => {
    const oneHot = new OneHot({ depth: [2, 2], name: "kinds" });
    expect(errorOf(() => oneHot.call(zeros([2, 3])))).toContain("kinds: the input must have the shape [rows, 2]");
    expect(errorOf(() => oneHot.call(zeros([2, 2, 2])))).toContain("kinds");
    oneHot.call(zeros([1, 2]));
    expect(errorOf(() => oneHot.call(zeros([2, 3])))).toContain("[rows, 2] for which the layer was built");
    expect(errorOf(() => new OneHot({ depth: 0 }))).toContain("depth must be a whole number from 1");
    expect(errorOf(() => new OneHot({ depth: [] }))).toContain("or a list of one for each column, got []");
    expect(errorOf(() => new OneHot({ depth: 2, unknown: "ignore" as "zeros" }))).toContain("unknown must be one of");
    expect(errorOf(() => new OneHot({ depth: 2, size: 3 } as never))).toContain('got "size"');
  });
});
