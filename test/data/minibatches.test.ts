import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataset } from "../../src/data/dataset.ts";
import { type MinibatchOptions, minibatches } from "../../src/data/minibatches.ts";
import { Random } from "../../src/tensor/random.ts";
import { range, tensor } from "../../src/tensor/tensor.ts";

const bytes = (size: number) =>
  dataset({
    x: tensor(
      Uint8Array.from({ length: 3 * size }, (_, index) => index),
      { shape: [size, 3], scale: 1 / 255 },
    ),
    y: range(0, size),
  });

const labels = (size: number, options: MinibatchOptions): number[][] =>
  Array.from(minibatches(bytes(size), options), ({ y }) => [...y.data]);

const sizes = (size: number, options: MinibatchOptions): number[] =>
  labels(size, { shuffle: false, ...options }).map(({ length }) => length);

describe("minibatches", () => {
  it("minibatches divides as numpy.array_split does", () => {
    expect(sizes(10, { batchSize: 3 })).toEqual([4, 3, 3]);
    expect(sizes(2, { batchSize: 50 })).toEqual([2]);
    expect(sizes(10, { batches: 4 })).toEqual([3, 3, 2, 2]);
    expect(sizes(120, {})).toEqual([60, 60]);
    expect(sizes(0, {})).toEqual([]);
  });

  it("minibatches keeps or drops the remainder", () => {
    expect(sizes(10, { batchSize: 3, remainder: "keep" })).toEqual([3, 3, 3, 1]);
    expect(sizes(10, { batchSize: 3, remainder: "drop" })).toEqual([3, 3, 3]);
    expect(sizes(2, { batchSize: 3, remainder: "drop" })).toEqual([]);
  });

  it("minibatches takes every example once, x and y of the same row", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 90 }),
        fc.nat(),
        (size, batchSize, seed) => {
          const batches = minibatches(bytes(size), { batchSize, seed });
          const seen: number[] = [];
          let count = 0;
          for (const { x, y } of batches) {
            expect([x.dtype, x.scale, x.shape]).toEqual(["uint8", 1 / 255, [y.size, 3]]);
            y.data.forEach((row: number, index: number) => {
              expect(x.data[3 * index]).toBe((3 * row) % 256);
            });
            seen.push(...y.data);
            count++;
          }
          expect(batches.count).toBe(count);
          expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, index) => index));
        },
      ),
    );
  });

  it("minibatches repeats its order with a seed, and draws another order without one", () => {
    const seeded = minibatches(bytes(200), { seed: 3 });
    expect(Array.from(seeded, ({ y }) => [...y.data])).toEqual(Array.from(seeded, ({ y }) => [...y.data]));
    expect(labels(200, { seed: 3 })).not.toEqual(labels(200, { seed: 4 }));
    expect(labels(200, {})).not.toEqual(labels(200, {}));
    const random = new Random(1);
    const drawn = minibatches(bytes(200), { random });
    expect(Array.from(drawn, ({ y }) => [...y.data])).not.toEqual(Array.from(drawn, ({ y }) => [...y.data]));
  });

  it("minibatches returns batches that do not change later", () => {
    const kept = [...minibatches(bytes(100), { batchSize: 10, seed: 1 })];
    expect(kept.map(({ y }) => [...y.data])).toEqual(labels(100, { batchSize: 10, seed: 1 }));
  });

  it("minibatches throws for invalid options", () => {
    const refused = (options: MinibatchOptions) => () => minibatches(bytes(10), options);
    expect(refused({ batchSize: 0 })).toThrow("minibatches: batchSize must be a whole number from 1, got 0.");
    expect(refused({ batches: 1.5 })).toThrow("batches must be a whole number from 1, got 1.5");
    expect(refused({ batches: 11 })).toThrow(
      "minibatches: a batch must have an example, got 11 batches of 10 examples. Ask for fewer.",
    );
    expect(refused({ batches: 2, batchSize: 2 })).toThrow("minibatches: batches must be the only size");
    expect(refused({ remainder: "pad" as "keep" })).toThrow('remainder must be one of keep, drop, got "pad"');
    expect(refused({ shuffle: false, seed: 1 })).toThrow("minibatches: without shuffling, no order is drawn");
    expect(refused({ batchsize: 3 } as MinibatchOptions)).toThrow(
      'every option must be one that exists, got "batchsize"',
    );
  });
});
