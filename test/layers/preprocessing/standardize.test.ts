import { Dense, encodeModel, loadModel, ones, Sequential, Standardize, sum, tensor, valueAndGrad, zeros } from "gradus";
import { describe, expect, it } from "vitest";
import { errorOf, expectClose, moments, onEachBackend, pattern } from "../helpers.ts";

const column = (x: { readonly data: ArrayLike<number>; readonly shape: readonly number[] }, index: number): number[] =>
  Array.from({ length: x.shape[0] }, (_, row) => x.data[row * x.shape[1] + index]);

describe("Standardize", () => {
  onEachBackend(() => {
    it("Standardize gives every feature mean 0 and variance 1, and turns a constant feature into 0", () => {
      const x = tensor([
        [1, 1e4 + 1, 0.1],
        [2, 1e4 + 5, 0.1],
        [6, 1e4 + 3, 0.1],
      ]);
      const standardize = new Standardize();
      standardize.adapt(x);
      const y = standardize.call(x);
      for (const index of [0, 1]) {
        const { mean, deviation } = moments(column(y, index));
        expect(mean).toBeCloseTo(0, 6);
        expect(deviation).toBeCloseTo(1, 6);
      }
      expect(column(y, 2)).toEqual([0, 0, 0]);
      expect(standardize.mean.name).toBe("standardize/mean");
      expect(standardize.variance.read().data[2]).toBe(0);
      expect(standardize.trainableVariables).toEqual([]);
    });

    it("Standardize has the numbers of scikit-learn's StandardScaler", () => {
      // StandardScaler().fit([[1, -2], [4, 0], [4, 7]]).transform([[2, 2]])
      const standardize = new Standardize();
      standardize.adapt(
        tensor([
          [1, -2],
          [4, 0],
          [4, 7],
        ]),
      );
      expectClose(standardize.call(tensor([[2, 2]])), { shape: [1, 2], data: [-Math.SQRT1_2, 0.08638684] });
    });

    it("Standardize keeps small variances beside large means", () => {
      const values = Float32Array.from({ length: 4000 }, (_, index) => 4e6 + (index % 4));
      const standardize = new Standardize();
      standardize.adapt(tensor(values, { shape: [4000, 1] }));
      standardize.call(ones([1, 1]));
      expect(standardize.variance.read().data[0]).toBe(1.25);
    });

    it("Standardize has one mean for all features, or one for each position of several axes", () => {
      const images = tensor(
        Uint8Array.from({ length: 24 }, (_, index) => index),
        { shape: [2, 3, 4], scale: 1 / 2 },
      );
      const all = new Standardize({ axis: [] });
      all.adapt(images);
      const y = all.call(images);
      expect([all.mean.shape, all.mean.read().item()]).toEqual([[], 5.75]);
      expect(moments(y.data).deviation).toBeCloseTo(1, 6);
      const rows = new Standardize({ axis: 1 });
      rows.adapt(images);
      rows.call(images);
      expect(rows.mean.read().toArray()).toEqual([3.75, 5.75, 7.75]);
      const each = new Standardize({ axis: [-1, 1] });
      each.adapt(images);
      expect(each.call(images).toArray()).toEqual([
        [
          [-1, -1, -1, -1],
          [-1, -1, -1, -1],
          [-1, -1, -1, -1],
        ],
        [
          [1, 1, 1, 1],
          [1, 1, 1, 1],
          [1, 1, 1, 1],
        ],
      ]);
      expect(each.mean.shape).toEqual([1, 3, 4]);
    });

    it("Standardize replaces missing values by the mean", () => {
      const x = tensor([
        [1, Number.NaN],
        [Number.NaN, 4],
        [3, 8],
      ]);
      const standardize = new Standardize({ missing: "mean" });
      standardize.adapt(x);
      expect(standardize.call(x).toArray()).toEqual([
        [-1, 0],
        [0, -1],
        [1, 1],
      ]);
      expect(errorOf(() => new Standardize().adapt(x))).toBe(
        "ValueError: standardize: adapt needs finite values, got NaN in row 0, feature 1. Leave such rows out, or pass " +
          '{ missing: "mean" } where NaN is a missing value.',
      );
      expect(errorOf(() => standardize.adapt(tensor([[1, Number.NaN]])))).toContain(
        "adapt needs a value of every feature, got none of feature 1 in 1 rows",
      );
    });

    it("Standardize passes the gradient to its input, but not to its variables", () => {
      const standardize = new Standardize({ missing: "mean" });
      standardize.adapt(
        tensor([
          [0, 1],
          [4, 1],
        ]),
      );
      const [, slope] = valueAndGrad((x: ReturnType<typeof tensor>) => sum(standardize.call(x)))(
        tensor([[Number.NaN, 7]]),
      );
      expect(slope.toArray()).toEqual([[0, 1]]);
    });

    it("Standardize works with any number of rows, also 0", () => {
      const standardize = new Standardize();
      standardize.adapt(pattern([5, 3]));
      expect(standardize.call(zeros([0, 3])).shape).toEqual([0, 3]);
      expect(standardize.call(zeros([1, 3])).shape).toEqual([1, 3]);
      const single = new Standardize();
      single.adapt(ones([1, 3]));
      expect(single.call(ones([1, 3])).toArray()).toEqual([[0, 0, 0]]);
    });
  });

  it("Standardize is adapted before or after the model is made, and is saved with it", async () => {
    const x = pattern([20, 3]);
    const before = new Standardize({ name: "norm" });
    before.adapt(x);
    const first = new Sequential({ name: "m", inputShape: [3], layers: [before, new Dense({ units: 2 })], seed: 1 });
    const after = new Standardize({ name: "norm" });
    const second = new Sequential({ name: "m", inputShape: [3], layers: [after, new Dense({ units: 2 })], seed: 1 });
    after.adapt(x);
    expect(first.variables.map(({ name }) => name).slice(0, 2)).toEqual(["m/norm/mean", "m/norm/variance"]);
    const expected = first.predict(x).toArray();
    expect(second.predict(x).toArray()).toEqual(expected);
    const loaded = await loadModel(encodeModel(second));
    expect(loaded.predict(x).toArray()).toEqual(expected);
    // A model that was loaded can learn other data.
    (loaded.layers[0] as Standardize).adapt(ones([4, 3]));
    expect(loaded.variable("norm/mean").read().toArray()).toEqual([1, 1, 1]);
  });

  it("Standardize uses the values that were assigned to its variables", () => {
    const standardize = new Standardize();
    const model = new Sequential({ name: "m", inputShape: [1], layers: [standardize] });
    expect(errorOf(() => model.predict(ones([1, 1])))).toBe(
      "ValueError: m/standardize: the layer must know the data, got no mean and variance. Call adapt(train.x) before training.",
    );
    model.assign({ "m/standardize/mean": tensor([3]), "m/standardize/variance": tensor([4]) });
    expect(model.predict(tensor([[7]])).toArray()).toEqual([[2]]);
  });

  it("Standardize throws for options and inputs that break its rules", () => {
    const standardize = new Standardize({ name: "norm" });
    expect(errorOf(() => standardize.adapt([[1]] as never))).toContain("norm: adapt takes a tensor of rows, got [[1]]");
    expect(errorOf(() => standardize.adapt(zeros([0, 2])))).toContain("got none of feature 0 in 0 rows");
    expect(errorOf(() => standardize.adapt(zeros([3, 0])))).toContain("there must be features");
    standardize.adapt(ones([3, 2]));
    expect(errorOf(() => standardize.call(ones([3, 4])))).toContain("instead of [2]");
    standardize.call(ones([3, 2]));
    expect(errorOf(() => standardize.adapt(ones([3, 4])))).toContain("adapt needs rows of the shape");
    expect(errorOf(() => standardize.call(ones([3])))).toContain("norm");
    expect(errorOf(() => new Standardize({ axis: 0 }).adapt(ones([3, 2])))).toContain("must not be that of the rows");
    expect(errorOf(() => new Standardize({ missing: "median" as "mean" }))).toContain("missing must be one of mean");
    expect(errorOf(() => new Standardize({ axes: 1 } as never))).toContain('got "axes"');
  });
});
