import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dataset, dataset, take } from "../../src/data/dataset.ts";
import { kFold } from "../../src/data/kFold.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { availableBackends, setBackend } from "../../src/tensor/interpret/backend.ts";
import { ones, tensor } from "../../src/tensor/tensor.ts";

/** Row i of x is [i]; the labels are given. */
const labelled = (labels: readonly number[], name?: string): Dataset =>
  dataset({
    x: tensor(
      labels.map((_, index) => index),
      { shape: [labels.length, 1] },
    ),
    y: tensor([...labels], { dtype: "int32", shape: [labels.length] }),
    name,
  });

const rowsOf = ({ x }: Dataset): number[] => [...x.data];
const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

describe("kFold", () => {
  it("kFold puts every example into one validation part, and the others into training, the same way every time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 2, maxLength: 60 }),
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 0, max: 5 }),
        (labels, wanted, seed) => {
          const data = labelled(labels);
          const folds = Math.min(wanted, labels.length);
          const splits = [...kFold(data, { folds, seed, stratified: false })];
          expect(splits.length).toBe(folds);
          const heldOut = splits.flatMap(({ validation }) => rowsOf(validation));
          expect(heldOut.sort((a, b) => a - b)).toEqual(rowsOf(data));
          expect(spread(splits.map(({ validation }) => validation.size))).toBeLessThanOrEqual(1);
          for (const { train, validation } of splits) {
            expect([...rowsOf(train), ...rowsOf(validation)].sort((a, b) => a - b)).toEqual(rowsOf(data));
            for (const part of [train, validation]) {
              expect([...part.y.data]).toEqual(rowsOf(part).map((row) => labels[row]));
              expect(part.size).toBe(part.x.shape[0]);
            }
          }
          const again = [...kFold(data, { folds, seed, stratified: false })];
          expect(again.map(({ train }) => rowsOf(train))).toEqual(splits.map(({ train }) => rowsOf(train)));
        },
      ),
    );
  });

  it("kFold gives each fold its share of every class, and nearly equal sizes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 }),
        (folds, extra) => {
          const labels = extra.flatMap((more, label) => Array.from({ length: folds + more }, () => label));
          const splits = [...kFold(labelled(labels), { folds, seed: 3 })];
          expect(spread(splits.map(({ validation }) => validation.size))).toBeLessThanOrEqual(1);
          for (const label of extra.keys()) {
            const counts = splits.map(
              ({ validation }) => [...validation.y.data].filter((value) => value === label).length,
            );
            expect(spread(counts)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it("kFold shuffles: another seed makes other folds, and classes are mixed", () => {
    const data = labelled(Array.from({ length: 100 }, (_, index) => Math.floor(index / 50)));
    const heldOut = (seed?: number): number[] => rowsOf([...kFold(data, { folds: 2, seed })][0].validation);
    expect(heldOut(1)).not.toEqual(heldOut(2));
    expect(heldOut()).toEqual(heldOut(0));
    const labels = [...[...kFold(data, { folds: 2 })][0].train.y.data];
    expect(labels).not.toEqual(labels.toSorted((a, b) => a - b));
  });

  it("kFold can be iterated twice, counts its folds, and names them", () => {
    const folds = kFold(labelled([0, 1, 0, 1], "four"), { folds: 2 });
    expect(folds.count).toBe(2);
    expect([...folds].map(({ train, validation }) => [train.name, validation.name])).toEqual([
      ["four fold 1 train", "four fold 1 validation"],
      ["four fold 2 train", "four fold 2 validation"],
    ]);
    expect([...folds][1].validation.x.data).toEqual([...folds][1].validation.x.data);
    const nameless = kFold(labelled([0, 1, 0, 1]), { folds: 2 });
    expect([...nameless][0].train.name).toBe("fold 1 train");
  });

  it("kFold keeps bytes and their scale, and targets that are not labels", () => {
    const data = dataset({
      x: tensor(Uint8Array.of(1, 2, 3, 4), { shape: [4, 1], scale: 1 / 255 }),
      y: tensor([[0.5], [1.5], [2.5], [3.5]]),
    });
    const [{ train }] = kFold(data, { folds: 2 });
    expect([train.x.dtype, train.x.scale, train.y.shape]).toEqual(["uint8", 1 / 255, [2, 1]]);
    expect([...train.y.data].map((target) => target + 0.5)).toEqual([...train.x.data]);
  });

  it("kFold makes the same folds on every backend", () => {
    const folds = availableBackends().map((backend) => {
      setBackend(backend);
      return [...kFold(labelled([0, 0, 0, 1, 1, 1, 1]), { folds: 3, seed: 5 })].map(({ train }) => rowsOf(train));
    });
    for (const others of folds) expect(others).toEqual(folds[0]);
  });

  it("kFold throws for invalid folds", () => {
    const data = labelled([0, 0, 0, 1, 1]);
    for (const folds of [1, 6, 2.5, Number.NaN, "3" as unknown as number]) {
      expect(() => kFold(data, { folds })).toThrow("kFold: folds must be a whole number from 2 to 5, got ");
    }
    expect(() => kFold(data, { folds: 3 })).toThrow(
      "kFold: each class must have an example for every fold, got 2 of class 1 for 3 folds. " +
        "Make fewer folds, or pass { stratified: false }.",
    );
    expect(kFold(data, { folds: 3, stratified: false }).count).toBe(3);
    expect(() => kFold(dataset({ x: tensor([1, 2]), y: tensor([1, 2]) }), { folds: 2, stratified: true })).toThrow(
      "kFold: stratified folds need labels, int32 [2] or floats of 0 and 1, got y float32 [2] of other values or another shape. " +
        "Pass { stratified: false }.",
    );
    expect(() => kFold(take(data, { to: 1 }), { folds: 2 })).toThrow(
      "kFold: the data must have 2 examples or more, got 1.",
    );
    expect(() => kFold(take(data, { to: 2 }), { folds: 5 })).toThrow(
      "folds must be a whole number from 2 to 2, got 5.",
    );
    expect(() => kFold(data, { folds: 2, stratified: "yes" as unknown as boolean })).toThrow(
      "kFold: stratified must be true or false, got",
    );
    expect(() => kFold(data, { fold: 2 } as unknown as { folds: number })).toThrow("kFold:");
  });

  it("kFold gives each fold its share of the classes of float labels [n, 1]", () => {
    const y = tensor(Array.from({ length: 20 }, (_, row) => [row < 5 ? 1 : 0]));
    const data = dataset({ x: ones([20, 2]), y });
    const counts = Array.from(kFold(data, { folds: 5, stratified: true }), ({ validation }) => [
      sum(validation.y).item(),
      validation.size,
    ]);
    expect(counts).toEqual(Array.from({ length: 5 }, () => [1, 4]));
  });
});
