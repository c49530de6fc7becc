import { at, type Case } from "../case.ts";
import { fed, wholeNumber, wholes } from "../node.ts";

const x = fed([[-1, 0, 2]]);

/** Layout. */
export const layoutCases: readonly Case[] = [
  [
    "Reshape",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      wholes(-1),
    ],
    [1, 2, 3, 4],
  ],
  [
    "Reshape",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      wholes(0, 1, 2),
    ],
    [[[1, 2]], [[3, 4]]],
  ],
  ["Reshape", [wholes(1, 2), wholes(2, -1)], [[1], [2]]],
  ["Reshape", [fed([], { shape: [0, 2] }), wholes(2, 0)], [[], []], at(14, { allowzero: 1 })],
  [
    "Flatten",
    [
      fed([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    ],
    [[1, 2, 3, 4]],
  ],
  [
    "Flatten",
    [
      fed([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    ],
    [
      [1, 2],
      [3, 4],
    ],
    at(13, { axis: -1 }),
  ],
  ["Flatten", [fed([[1, 2]])], [[1, 2]], at(6, { axis: 0 })],
  ["Squeeze", [fed([[[1, 2]]])], [1, 2]],
  ["Squeeze", [fed([[[1, 2]]])], [[1, 2]], at(11, { axes: [0] })],
  ["Squeeze", [fed([[[1, 2]]]), wholes(-2)], [[1, 2]], at(13)],
  ["Squeeze", [wholes(4), wholes(0)], 4, at(13)],
  ["Unsqueeze", [fed([1, 2])], [[[1], [2]]], at(11, { axes: [0, 2] })],
  ["Unsqueeze", [fed([1, 2]), wholes(-1)], [[1], [2]], at(13)],
  ["Unsqueeze", [wholeNumber(4), wholes(0)], [4], at(13)],
  ["Transpose", [fed([[1, 2, 3]])], [[1], [2], [3]]],
  [
    "Transpose",
    [fed([[[1, 2]], [[3, 4]]])],
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    at(13, { perm: [1, 0, 2] }),
  ],
  [
    "Transpose",
    [{ dims: [2, 2], values: [1, 2, 3, 4], type: "int64" }],
    [
      [1, 3],
      [2, 4],
    ],
  ],
  [
    "Expand",
    [fed([[1], [2]]), wholes(1, 2)],
    [
      [1, 1],
      [2, 2],
    ],
  ],
  ["Expand", [wholes(7), wholes(3)], [7, 7, 7]],
  [
    "Tile",
    [fed([[1, 2]]), wholes(2, 2)],
    [
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ],
  ],
  ["Tile", [wholes(1, 2), wholes(2)], [1, 2, 1, 2]],
  ["Identity", [x], [[-1, 0, 2]]],
];
