import { expect, test } from "vitest";
import { einsum, ones, tensor, zeros } from "../../../src/index.ts";

const matrix = tensor([
  [1, 2],
  [3, 4],
]);

test("einsum takes numbers, and axes without elements", () => {
  expect(einsum(",ij->ji", 2, matrix).toArray()).toEqual([
    [2, 6],
    [4, 8],
  ]);
  expect(einsum("ij,jk->ik", zeros([2, 0]), zeros([0, 3])).toArray()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(einsum("i,i", zeros([0]), zeros([0])).item()).toBe(0);
});

test("einsum sums over letters as soon as no operand behind needs them", () => {
  // With all letters at once the product would have eight axes.
  expect(einsum("abcd,efgd->ae", ones([2, 2, 2, 2]), ones([2, 2, 2, 2])).toArray()).toEqual([
    [32, 32],
    [32, 32],
  ]);
});

test.each([
  ["ij,jk", [matrix], 'ValueError: einsum: the equation must have letters for 1 operand, got "ij,jk".'],
  ["...i", [matrix], "Write a letter for each axis that ... would cover."],
  ["i;j", [matrix], 'the equation must be letters, commas between operands, and -> before the result, got "i;j".'],
  ["ij->k", [matrix], 'einsum: the result must have letters of the operands, not k, got "ij->k".'],
  ["ij->ii", [matrix], 'einsum: the result must have each letter once, not i again, got "ij->ii".'],
  [
    "ijk",
    [matrix],
    'ShapeError: einsum: operand 0 must have an axis for each letter of "ijk", got shape [2, 2] in "ijk".',
  ],
  ["ij,jk", [matrix, ones([3, 2])], 'axes with the same letter must have one length, got 2 and 3 for "j" in "ij,jk"'],
  ["ii", [ones([2, 3])], 'axes with the same letter must have one length, got 2 and 3 for "i"'],
  [
    "i",
    [tensor([1], { dtype: "int32" })],
    "DTypeError: einsum: operands must all be float32, or all float64, got int32.",
  ],
  ["abcd,efgh,abcdefgh->a", [ones([1, 1, 1, 1]), ones([1, 1, 1, 1])], "the equation must have letters for 2 operands"],
  [
    "abcd,efgh,abe,fgh,cd->",
    [ones([1, 1, 1, 1]), ones([1, 1, 1, 1]), ones([1, 1, 1]), ones([1, 1, 1]), ones([1, 1])],
    'a product of two operands must have at most 6 letters, got "abcdefgh". Multiply other operands first.',
  ],
])("einsum throws for %s", (equation, operands, message) => {
  expect(() => {
    try {
      einsum(equation, ...operands);
    } catch (error) {
      throw new Error(String(error));
    }
  }).toThrow(message);
});
