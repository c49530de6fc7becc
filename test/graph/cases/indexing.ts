import { at, type Case } from "../case.ts";
import { fed, floats, wholeNumber, wholes } from "../node.ts";

/** Parts. */
export const indexingCases: readonly Case[] = [
  [
    "Slice",
    [
      fed([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ],
    [[2, 3]],
    at(9, { starts: [0, 1], ends: [1, 1000], axes: [0, 1] }),
  ],
  ["Slice", [fed([1, 2, 3]), wholes(1), wholes(3)], [2, 3], at(10)],
  ["Slice", [fed([1, 2, 3]), wholes(-1), wholes(-(2 ** 63)), wholes(0), wholes(-1)], [3, 2, 1], at(13)],
  ["Slice", [fed([1, 2, 3]), wholes(3), wholes(5)], [], at(13)],
  ["Slice", [wholes(1, 2, 3, 4), wholes(0), wholes(4), wholes(0), wholes(2)], [1, 3], at(13)],
  ["Split", [fed([1, 2, 3])], [[1, 2], [3]], { opset: 6, outputs: 2, attributes: { split: [2, 1] } }],
  [
    "Split",
    [fed([1, 2, 3, 4])],
    [
      [1, 2],
      [3, 4],
    ],
    { opset: 11, outputs: 2 },
  ],
  ["Split", [fed([[1, 2, 3]]), wholes(1, 2)], [[[1]], [[2, 3]]], { opset: 13, outputs: 2, attributes: { axis: 1 } }],
  ["Split", [fed([1, 2, 3])], [[1, 2], [3]], { opset: 18, outputs: 2, attributes: { num_outputs: 2 } }],
  ["Split", [wholes(1, 2)], [[1], [2]], { opset: 18, outputs: 2, attributes: { num_outputs: 2 } }],
  ["Gather", [fed([10, 20, 30]), wholes(2, -3)], [30, 10]],
  [
    "Gather",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      wholeNumber(1),
    ],
    [2, 4],
    at(13, { axis: 1 }),
  ],
  ["Gather", [wholes(5, 6, 7), wholeNumber(-1)], 7],
  [
    "Gather",
    [floats([2, 2], [1, 2, 3, 4]), fed([1, 0], { dtype: "int32" })],
    [
      [3, 4],
      [1, 2],
    ],
  ],
  ["Concat", [fed([[1]]), fed([[2]])], [[1, 2]], at(3 + 3)],
  ["Concat", [fed([[1]]), fed([[2]])], [[1], [2]], at(13, { axis: 0 })],
  ["Concat", [wholes(1), wholes(2, 3)], [1, 2, 3], at(13, { axis: 0 })],
  [
    "OneHot",
    [fed([1, 0], { dtype: "int32" }), wholeNumber(2), floats([2], [0, 1])],
    [
      [0, 1],
      [1, 0],
    ],
  ],
  [
    "OneHot",
    [fed([1], { dtype: "int32" }), wholeNumber(3), floats([2], [-1, 5])],
    [[-1], [5], [-1]],
    at(11, { axis: 0 }),
  ],
];
