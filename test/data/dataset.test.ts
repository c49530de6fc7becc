import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dataset, dataset, split, take } from "../../src/data/dataset.ts";
import { range, type Tensor, tensor } from "../../src/tensor/tensor.ts";

/** Row i of x is [i, i + 0.5], its label i mod 10. */
const counted = (size: number, name?: string): Dataset =>
  dataset({
    x: tensor(
      Float32Array.from({ length: 2 * size }, (_, index) => Math.floor(index / 2) + (index % 2) / 2),
      { shape: [size, 2] },
    ),
    y: tensor(
      Array.from({ length: size }, (_, index) => index % 10),
      { dtype: "int32", shape: [size] },
    ),
    name,
  });

const firsts = ({ x }: Dataset): number[] => [...x.data].filter((_, index) => index % 2 === 0);

describe("dataset", () => {
  it("dataset pairs rows", () => {
    expect(counted(3).size).toBe(3);
    expect(counted(3, "three").name).toBe("three");
  });

  it("dataset throws for x and y that do not pair", () => {
    expect(() => dataset({ x: tensor([1, 2]), y: tensor([1, 2, 3]), name: "odd" })).toThrow(
      "odd: x and y must have a first axis of one length, got x=[2], y=[3]. Give every row of x one row of y.",
    );
    expect(() => dataset({ x: tensor(1), y: tensor(1) })).toThrow("got x=[], y=[]");
    expect(() => dataset({ x: [1] as unknown as Tensor, y: tensor([1]) })).toThrow(
      "dataset: x must be a tensor, got [1]. Wrap values with tensor(...).",
    );
  });
});

describe("take", () => {
  it("take returns a range, without a copy of tensors that a user holds", () => {
    const whole = counted(10);
    const part = take(whole, { from: 3, to: 5 });
    expect(firsts(part)).toEqual([3, 4]);
    expect([...part.y.data]).toEqual([3, 4]);
    expect(part.x.storage.view().buffer).toBe(whole.x.storage.view().buffer);
    expect(firsts(take(whole, { from: 10 }))).toEqual([]);
  });

  it("take returns rows in any order, and keeps bytes and their scale", () => {
    const bytes = dataset({
      x: tensor(
        Uint8Array.from({ length: 60 }, (_, index) => index),
        { shape: [3, 20], scale: 1 / 255 },
      ),
      y: range(0, 3),
    });
    const part = take(bytes, { rows: [2, 0, 2] });
    expect([part.size, part.x.dtype, part.x.scale, part.x.shape]).toEqual([3, "uint8", 1 / 255, [3, 20]]);
    expect([...part.x.data.subarray(0, 2), ...part.x.data.subarray(20, 22)]).toEqual([40, 41, 0, 1]);
    expect([...take(bytes, { rows: range(1, 3) }).y.data]).toEqual([1, 2]);
  });

  it("take throws for rows that do not exist", () => {
    expect(() => take(counted(3), { from: 2, to: 4 })).toThrow(
      "take: a range must lie within the 3 examples, got from=2, to=4. Choose 0 <= from <= to <= 3.",
    );
    expect(() => take(counted(3), { from: 2, to: 1 })).toThrow("got from=2, to=1");
    for (const row of [3, -1, 0.5, Number.NaN]) {
      expect(() => take(counted(3), { rows: [0, row] })).toThrow(
        `rows: there are 3 rows, counted from 0, got ${row} at position 1.`,
      );
    }
    expect(() => take(counted(3), { from: 1, rows: [1] })).toThrow("take: either a range or rows may be named");
  });
});

describe("split", () => {
  it("split puts every example into one part, the same way every time", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 45, max: 90 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (size, shares) => {
          const parts = Object.fromEntries(shares.map((share, index) => [`part ${index}`, share]));
          const pieces = split(counted(size), { parts });
          const all = Object.values(pieces).flatMap(firsts);
          expect([...all].sort((a, b) => a - b)).toEqual(firsts(counted(size)));
          expect(Object.values(split(counted(size), { parts })).flatMap(firsts)).toEqual(all);
        },
      ),
    );
  });

  it("split gives each part its share of the classes when stratified", () => {
    const labels = Array.from({ length: 100 }, (_, index) => (index < 60 ? 0 : index < 90 ? 1 : 2));
    const x = tensor(Array.from(labels.keys()), { shape: [100, 1] });
    const countsOf = ({ y }: Dataset): number[] =>
      [0, 1, 2].map((label) => y.data.filter((value) => value === label).length);
    for (const y of [tensor(labels, { dtype: "int32" }), tensor(labels, { dtype: "int32", shape: [100, 1] })]) {
      const { train, test } = split(dataset({ x, y }), { parts: { train: 0.8, test: 0.2 }, stratified: true });
      expect([countsOf(train), countsOf(test)]).toEqual([
        [48, 24, 8],
        [12, 6, 2],
      ]);
      expect([...train.x.data, ...test.x.data].sort((a, b) => a - b)).toEqual([...labels.keys()]);
      // In the order of the shuffling, not class by class.
      expect([...test.y.data]).not.toEqual([...test.y.data].sort());
    }
    const flags = tensor(labels.map((label) => Math.min(label, 1)));
    const { a, b } = split(dataset({ x, y: flags }), { parts: { a: 50, b: 50 }, stratified: true, shuffle: false });
    expect([countsOf(a), countsOf(b)]).toEqual([
      [30, 20, 0],
      [30, 20, 0],
    ]);
    expect([...a.x.data]).toEqual([...a.x.data].sort((first, second) => first - second));
    const targets = tensor(labels.map((label) => label / 3));
    expect(() => split(dataset({ x, y: targets }), { parts: { a: 1, b: 1 }, stratified: true })).toThrow(
      "split: stratified parts need labels, int32 [100] or floats of 0 and 1, got y float32 [100] of other values or another shape.",
    );
  });

  it("split makes parts of sizes that add up, and keeps the order if asked to", () => {
    const { train, test } = split(counted(10, "ten"), { parts: { train: 7, test: 3 }, shuffle: false });
    expect(firsts(train)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(firsts(test)).toEqual([7, 8, 9]);
    expect(test.name).toBe("ten test");
    const other = split(counted(10), { parts: { train: 0.9, test: 0.1 }, seed: 5 });
    expect([other.train.size, other.test.size]).toEqual([9, 1]);
  });

  it("split throws for invalid shares", () => {
    for (const parts of [{ a: 0 }, { a: -1, b: 2 }, { a: Number.NaN }, { a: Number.POSITIVE_INFINITY }, {}]) {
      expect(() => split(counted(3), { parts: parts as Record<string, number> })).toThrow(
        "split: shares must be finite numbers from 0, and not all of them 0",
      );
    }
    expect(() => split(counted(10), { parts: { train: 0.8, test: 0.3 } })).toThrow(
      "split: shares must add up to 1, or be whole numbers, got { train: 0.8, test: 0.3 }, which add up to 1.1. " +
        "Correct one of them, or add a part for the rest.",
    );
    expect(() => split(counted(10), { parts: { train: 0.8 } })).toThrow("which add up to 0.8");
    expect(split(counted(10), { parts: { train: 4, test: 1 } }).train.size).toBe(8);
    expect(() => split(counted(23), { parts: { train: 20, test: 20 } })).toThrow(
      "split: whole numbers must not add up to more than the 23 examples, got { train: 20, test: 20 }, which add up to 40. " +
        "Pass sizes that add up to 23, or fractions.",
    );
    expect(() => split(counted(50), { parts: { train: 70, test: 30 } })).toThrow("which add up to 100");
    for (const [size, parts] of [
      [2, { train: 0.9, test: 0.1 }],
      [2, { train: 0.1, test: 0.9 }],
      [10, { train: 1, test: 0 }],
      [10, { train: 10, test: 0 }],
      [0, { train: 1 }],
      [3, { train: 1 / 3, validation: 0, test: 2 / 3 }],
    ] as const) {
      expect(() => split(counted(size), { parts: parts as Record<string, number> })).toThrow(
        "split: each part must have an example, got none for ",
      );
    }
    expect(() => split(counted(2), { parts: { train: 0.9, test: 0.1 } })).toThrow(
      "got none for test by { train: 0.9, test: 0.1 } of 2. Give it a larger share, or leave it out.",
    );
    expect(Object.values(split(counted(2), { parts: { a: 0.6, b: 0.4 } })).map(({ size }) => size)).toEqual([1, 1]);
    expect(split(counted(30), { parts: { a: 1 / 3, b: 1 / 3, c: 1 / 3 } }).c.size).toBe(10);
  });
});
