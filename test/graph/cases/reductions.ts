import { at, type Case } from "../case.ts";
import { fed, floats, wholeNumber, wholes } from "../node.ts";

const e = Math.E;

/** Reductions: axes are an attribute up to opset 17, of ReduceSum up to 12. */
export const reductionsCases: readonly Case[] = [
  [
    "ReduceSum",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
    ],
    [[4, 6]],
    at(11, { axes: [0] }),
  ],
  [
    "ReduceSum",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      wholes(1),
    ],
    [3, 7],
    at(13, { keepdims: 0 }),
  ],
  [
    "ReduceSum",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
    ],
    [[10]],
    at(13),
  ],
  [
    "ReduceSum",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
    ],
    [
      [1, 2],
      [3, 4],
    ],
    at(13, { noop_with_empty_axes: 1 }),
  ],
  ["ReduceSum", [wholes(1, 2), wholes(0)], 3, at(13, { keepdims: 0 })],
  [
    "ReduceMean",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
    ],
    [[1.5], [3.5]],
    at(17, { axes: [-1] }),
  ],
  [
    "ReduceMean",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      wholes(-1),
    ],
    [1.5, 3.5],
    at(18, { keepdims: 0 }),
  ],
  ["ReduceMean", [floats([2], [1, 2])], [1.5]],
  [
    "ReduceMax",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
    ],
    [[3, 4]],
    at(13, { axes: [0] }),
  ],
  ["ReduceMax", [wholes(3, 8)], 8, at(18, { keepdims: 0 })],
  [
    "ReduceMin",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      wholes(0),
    ],
    [[1, 2]],
    at(18),
  ],
  ["ReduceProd", [wholes(3, 4), wholes(0)], [12], at(18)],
  ["ReduceL1", [fed([3, -4])], [7]],
  ["ReduceL2", [fed([3, -4])], [5]],
  ["ReduceSumSquare", [fed([3, -4])], [25]],
  ["ReduceLogSum", [fed([1, e - 1])], [1]],
  ["ReduceLogSumExp", [fed([0, 0])], [Math.LN2]],
  ["CumSum", [fed([[1, 2, 4]]), wholeNumber(1)], [[1, 3, 7]], at(14)],
  ["CumSum", [fed([[1, 2, 4]]), wholeNumber(-1)], [[7, 6, 4]], at(11, { reverse: 1 })],
  ["CumSum", [fed([[1, 2, 4]]), wholeNumber(1)], [[0, 1, 3]], at(14, { exclusive: 1 })],
  ["CumSum", [fed([[1, 2, 4]]), wholeNumber(1)], [[6, 4, 0]], at(14, { exclusive: 1, reverse: 1 })],
  ["ArgMax", [fed([[1, 3, 2]])], [[1]], at(13, { axis: 1 })],
  [
    "ArgMax",
    [
      fed([
        [1, 3],
        [2, 0],
      ]),
    ],
    [1, 0],
    at(11, { keepdims: 0 }),
  ],
  ["ArgMin", [fed([[1, 3, 2]])], [0], at(13, { axis: -1, keepdims: 0 })],
];
