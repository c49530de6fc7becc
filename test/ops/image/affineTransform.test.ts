import { affineTransform, grad, mul, randomNormal, setThreads, sum, tensor } from "gradus";
import { afterEach, describe, expect, test } from "vitest";

afterEach(() => setThreads(1));

/** One row of pixels 1, 2, 3. */
const row = tensor([1, 2, 3], { shape: [1, 1, 3, 1] });
const shifted = (by: number): ReturnType<typeof tensor> => tensor([[1, 0, -by, 0, 1, 0]]);

describe("affineTransform", () => {
  test.each([
    ["constant", 2, [9, 9, 1]],
    ["constant", -5, [9, 9, 9]],
    ["nearest", 2, [1, 1, 1]],
    ["nearest", -1, [2, 3, 3]],
    ["reflect", 2, [2, 1, 1]],
    ["reflect", -2, [3, 3, 2]],
    ["reflect", 6, [1, 2, 3]],
    ["reflect", -7, [2, 3, 3]],
    ["constant", 0.5, [5, 1.5, 2.5]],
    ["nearest", 0.5, [1, 1.5, 2.5]],
    ["reflect", -0.25, [1.25, 2.25, 3]],
  ] as const)("affineTransform fills %s, shifted by %d", (fillMode, by, expected) => {
    expect([...affineTransform(row, shifted(by), { fillMode, fillValue: 9 }).data]).toEqual(expected);
  });

  test.each([
    [0.5, [1, 2, 3]],
    [0.6, [9, 1, 2]],
    [-0.4, [1, 2, 3]],
    [-0.5, [2, 3, 9]],
  ])("affineTransform takes the nearest pixel, and halves go to the right: shifted by %d", (by, expected) => {
    const options = { interpolation: "nearest", fillMode: "constant", fillValue: 9 } as const;
    expect([...affineTransform(row, shifted(by), options).data]).toEqual(expected);
  });

  test("affineTransform turns each image of a batch by its own map, in the order of columns and rows", () => {
    const images = tensor([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], { shape: [2, 2, 3, 1] });
    const maps = tensor([
      // Mirrored; then the place (x, y) shows what is at (y, x), the third column is outside.
      [-1, 0, 2, 0, 1, 0],
      [0, 1, 0, 1, 0, 0],
    ]);
    const options = { fillMode: "constant", fillValue: -1 } as const;
    expect([...affineTransform(images, maps, options).data]).toEqual([3, 2, 1, 6, 5, 4, 1, 4, -1, 2, 5, -1]);
  });

  test.each(["constant", "nearest", "reflect"] as const)(
    "affineTransform makes NaN of a map of NaN, and survives one that leads far away, filled %s",
    (fillMode) => {
      const lost = affineTransform(row, tensor([[Number.NaN, 0, 0, 0, 1, 0]]), { fillMode, interpolation: "nearest" });
      expect([...lost.data]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      const far = affineTransform(row, tensor([[1e30, 0, -1e30, 0, 1e38, 1e12]]), { fillMode });
      for (const value of far.data) expect(value >= 0 && value <= 3).toBe(true);
    },
  );

  test("the derivative of affineTransform sends each share back to where it came from", () => {
    const weights = tensor([1, 10, 100], { shape: [1, 1, 3, 1] });
    const derivative = grad((x) => sum(mul(affineTransform(x, shifted(0.5), { fillMode: "nearest" }), weights)));
    expect([...derivative(row).data]).toEqual([6, 55, 50]);
  });

  test("affineTransform and its derivative have the same bits on two threads", async () => {
    const images = randomNormal([9, 17, 13, 3], { seed: 1 });
    const maps = randomNormal([9, 6], { seed: 2 });
    const both = (): readonly unknown[] => [
      affineTransform(images, maps).data,
      grad((x) => sum(mul(affineTransform(x, maps, { fillMode: "constant" }), images)))(images).data,
    ];
    const before = both();
    await setThreads(2);
    expect(both()).toEqual(before);
  });
});
