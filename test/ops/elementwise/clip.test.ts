import { expect, test } from "vitest";
import { clip } from "../../../src/ops/elementwise/clip.ts";
import { tensor } from "../../../src/tensor/tensor.ts";

test.each([
  [1, -1, "min must not be larger than max, got min=1, max=-1."],
  [Number.NaN, 1, "min must be a number, got NaN."],
  [0, undefined as unknown as number, "max must be a number, got undefined."],
])("clip throws for the bounds %s and %s", (min, max, text) => {
  expect(() => clip(tensor([1]), { min, max })).toThrow(`clip: ${text}`);
});

test("clip takes infinite bounds", () => {
  expect(clip(tensor([-1, 1]), { min: 0, max: Infinity }).toArray()).toEqual([0, 1]);
});
