import { at, type Case } from "../case.ts";
import { fed, number, wholes } from "../node.ts";

const x = fed([[-1, 0, 2]]);
const e = Math.E;

/** Arithmetic, by kernels and on the host; below opset 7 with broadcast and axis. */
export const arithmeticCases: readonly Case[] = [
  [
    "Add",
    [x, fed([[1], [10]])],
    [
      [0, 1, 3],
      [9, 10, 12],
    ],
  ],
  [
    "Add",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      fed([10, 20]),
    ],
    [
      [11, 12],
      [23, 24],
    ],
    at(6, { broadcast: 1, axis: 0 }),
  ],
  [
    "Add",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      fed([10, 20]),
    ],
    [
      [11, 22],
      [13, 24],
    ],
    at(6, { broadcast: 1 }),
  ],
  ["Add", [wholes(1, 2), wholes(10, 20)], [11, 22]],
  ["Sub", [x, fed([1, 1, 1])], [[-2, -1, 1]]],
  ["Sub", [wholes(7), wholes(9)], [-2]],
  ["Mul", [x, fed([3])], [[-3, 0, 6]]],
  ["Mul", [wholes(1 << 20), wholes(2)], [1 << 21]],
  ["Div", [x, fed([2])], [[-0.5, 0, 1]]],
  ["Div", [wholes(7, -7), wholes(2)], [3, -3]],
  ["Pow", [x, number(2)], [[1, 0, 4]]],
  ["Pow", [fed([4, 9]), fed([0.5])], [2, 3]],
  ["Pow", [wholes(2), wholes(10)], [1024]],
  ["Neg", [x], [[1, -0, -2]]],
  ["Abs", [x], [[1, 0, 2]]],
  ["Sqrt", [fed([4, 9])], [2, 3]],
  ["Exp", [fed([0, 1])], [1, e]],
  ["Log", [fed([1, e])], [0, 1]],
  ["Erf", [fed([0, 0.5])], [0, 0.5204998778]],
  ["Sin", [fed([0, Math.PI / 2])], [0, 1]],
  ["Cos", [fed([0, Math.PI])], [1, -1]],
  ["Floor", [fed([1.5, -1.5])], [1, -2]],
  ["Ceil", [fed([1.5, -1.5])], [2, -1]],
  ["Round", [fed([0.5, 1.5, -1.2])], [0, 2, -1], at(11)],
  ["Sign", [fed([-3, 0, 2])], [-1, 0, 1]],
  ["Reciprocal", [fed([2, -4])], [0.5, -0.25]],
  ["Sum", [x, fed([[1, 1, 1]]), fed([[2, 0, 0]])], [[2, 1, 3]]],
  ["Sum", [x], [[-1, 0, 2]]],
  ["Mean", [x, fed([[3, 4, 4]])], [[1, 2, 3]]],
  ["Min", [x, fed([1])], [[-1, 0, 1]]],
  ["Max", [x, fed([1])], [[1, 1, 2]]],
  ["Max", [wholes(1, 5), wholes(3)], [3, 5]],
];
