import { expect, test } from "vitest";
import { clip } from "../../../src/ops/elementwise/clip.ts";
import { tensor } from "../../../src/tensor/tensor.ts";

test.each([
  [1, -1],
  [Number.NaN, 1],
  [undefined as unknown as number, 1],
])("clip refuses the bounds %s and %s", (min, max) => {
  expect(() => clip(tensor([1]), { min, max })).toThrow(
    `clip: the bounds must be numbers, min not larger than max, got min=${min}, max=${max}. ` +
      "Pass { min: -1, max: 1 }, for example.",
  );
});
