import { log, randomCategorical, tensor } from "gradus";
import { expect, test } from "vitest";
import { textOf } from "../../autograd/textOf.ts";

test("randomCategorical draws with the probabilities of softmax", () => {
  const probabilities = [0.1, 0, 0.6, 0.3];
  const count = 20_000;
  const draws = randomCategorical(log(tensor(probabilities)), { count, seed: 3 });
  expect([draws.dtype, draws.shape]).toEqual(["int32", [count]]);
  probabilities.forEach((probability, category) => {
    const share = draws.data.filter((value) => value === category).length / count;
    expect(Math.abs(share - probability)).toBeLessThanOrEqual(5 * Math.sqrt((probability * (1 - probability)) / count));
  });
});

test("randomCategorical draws for each row, and repeats with a seed", () => {
  const rows = tensor([
    [0, -Infinity, -Infinity],
    [-Infinity, 1e20, 0],
  ]);
  expect(randomCategorical(rows).toArray()).toEqual([0, 1]);
  expect(randomCategorical(rows, { count: 2 }).toArray()).toEqual([
    [0, 0],
    [1, 1],
  ]);
  const flat = tensor([0, 0, 0, 0]);
  const draws = randomCategorical(flat, { count: 8, seed: 5 });
  expect(randomCategorical(flat, { count: 8, seed: 5 }).toArray()).toEqual(draws.toArray());
  expect(randomCategorical(flat, { count: 0 }).shape).toEqual([0]);
});

test.each([
  [() => randomCategorical(tensor(1)), "ShapeError: randomCategorical: logits must be [..., classes], got shape []."],
  [
    () => randomCategorical(tensor([Number.NaN, 0])),
    "ValueError: randomCategorical: each row of logits must have a finite largest number, got NaN in row 0.",
  ],
  [
    () => randomCategorical(tensor([-Infinity, -Infinity])),
    "ValueError: randomCategorical: each row of logits must have a finite largest number, got -Infinity in row 0.",
  ],
  [
    () => randomCategorical(tensor([0, 1], { dtype: "int32" })),
    "DTypeError: randomCategorical: operands must all be float32, or all float64, got int32. Convert with toFloat(...).",
  ],
])("randomCategorical throws for wrong logits, case %#", (call, text) => {
  expect(textOf(call)).toBe(text);
});
