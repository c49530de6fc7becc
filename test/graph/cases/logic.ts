import type { Case } from "../case.ts";
import { bools, fed, wholes } from "../node.ts";

const x = fed([[-1, 0, 2]]);

/** Comparisons and logic. */
export const logicCases: readonly Case[] = [
  ["Equal", [x, fed([0])], [[0, 1, 0]]],
  ["Equal", [wholes(1, 2), wholes(2)], [0, 1]],
  ["Equal", [fed([1, 0], { dtype: "bool" }), fed([1, 1], { dtype: "bool" })], [1, 0]],
  ["Greater", [x, fed([0])], [[0, 0, 1]]],
  ["GreaterOrEqual", [x, fed([0])], [[0, 1, 1]]],
  ["Less", [x, fed([0])], [[1, 0, 0]]],
  ["LessOrEqual", [x, fed([0])], [[1, 1, 0]]],
  ["Not", [bools(1, 0)], [0, 1]],
  ["Not", [fed([1, 0], { dtype: "bool" })], [0, 1]],
  ...(["And", "Or", "Xor"] as const).flatMap((op): Case[] => {
    const expected = { And: [1, 0, 0, 0], Or: [1, 1, 1, 0], Xor: [0, 1, 1, 0] }[op];
    const [a, b] = [
      [1, 1, 0, 0],
      [1, 0, 1, 0],
    ];
    return [
      [op, [bools(...a), bools(...b)], expected],
      [op, [fed(a, { dtype: "bool" }), fed(b, { dtype: "bool" })], expected],
    ];
  }),
  ["Where", [fed([1, 0], { dtype: "bool" }), fed([1, 2]), fed([3])], [1, 3]],
  ["Where", [bools(1, 0), wholes(1, 2), wholes(8, 9)], [1, 9]],
];
