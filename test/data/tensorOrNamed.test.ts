import { describe, expect, expectTypeOf, test } from "vitest";
import { dataset, kFold, minibatches, split, type Tensor, take, tensor } from "../../src/index.ts";

const rows = (size: number, width: number): Tensor =>
  tensor(
    Float32Array.from({ length: size * width }, (_, index) => Math.floor(index / width)),
    { shape: [size, width] },
  );

const houses = (size = 7) =>
  dataset({
    x: { wide: rows(size, 5), deep: rows(size, 3) },
    y: { price: rows(size, 1), kind: tensor(new Int32Array(size), { dtype: "int32" }) },
    weights: tensor(new Float32Array(size).fill(2)),
  });

const firstOf = (x: Tensor): number[] => (x.toArray() as number[][]).map(([first]) => first);

describe("a data set of several inputs and targets", () => {
  test("has the tensors by name, and their types", () => {
    const data = houses();
    expect(data.size).toBe(7);
    expect(data.x.deep.shape).toEqual([7, 3]);
    expectTypeOf(data.y.kind).toEqualTypeOf<Tensor>();
    expectTypeOf(dataset({ x: rows(2, 1), y: rows(2, 1) }).x).toEqualTypeOf<Tensor>();
  });

  test("keeps a copy of the objects that it was made of", () => {
    const x: Record<string, Tensor> = { wide: rows(2, 5) };
    const data = dataset({ x, y: rows(2, 1) });
    x.wide = rows(3, 5);
    expect(data.x.wide?.shape).toEqual([2, 5]);
  });

  test("is refused where tensors have other numbers of rows, naming all of them", () => {
    expect(() => dataset({ x: { wide: rows(2, 5), deep: rows(3, 3) }, y: rows(2, 1) })).toThrow(
      "dataset: x.wide, x.deep and y must have a first axis of one length, got x.wide=[2, 5], x.deep=[3, 3], y=[2, 1].",
    );
    expect(() => dataset({ x: { deep: rows(2, 3), wide: 3 } as never, y: rows(2, 1) })).toThrow(
      "x.wide must be a tensor, got 3",
    );
    expect(() => dataset({ x: {}, y: rows(2, 1) })).toThrow("dataset: x must be a tensor, got an object");
  });

  test("take gives the same rows of each tensor", () => {
    const some = take(houses(), { rows: [4, 1] });
    expect(firstOf(some.x.wide)).toEqual([4, 1]);
    expect(firstOf(some.x.deep)).toEqual([4, 1]);
    expect(firstOf(some.y.price)).toEqual([4, 1]);
    expect(firstOf(take(houses(), { from: 2, to: 4 }).x.deep)).toEqual([2, 3]);
  });

  test("split and kFold keep rows together, and refuse strata", () => {
    const { train, test: rest } = split(houses(), { parts: { train: 5, test: 2 }, seed: 1 });
    expect(firstOf(train.x.wide)).toEqual(firstOf(train.y.price));
    expect([...firstOf(train.x.deep), ...firstOf(rest.x.deep)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const { validation } of kFold(houses(), { folds: 3 })) {
      expect(firstOf(validation.x.deep)).toEqual(firstOf(validation.y.price));
    }
    expect(() => split(houses(), { parts: { a: 0.5, b: 0.5 }, stratified: true })).toThrow(
      "split: stratified parts need one target, the labels, got y.price, y.kind.",
    );
  });

  test("minibatches give the same rows of each tensor", () => {
    const seen: number[] = [];
    for (const { x, y, weights } of minibatches(houses(), { batchSize: 3, seed: 1 })) {
      expect(firstOf(x.wide)).toEqual(firstOf(y.price));
      expect(weights?.size).toBe(x.deep.shape[0]);
      seen.push(...firstOf(x.deep));
    }
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
