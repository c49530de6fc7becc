import { at, type Case } from "../case.ts";
import { fed, floats, number } from "../node.ts";

const x = fed([[-1, 0, 2]]);

/** Products. */
export const linearCases: readonly Case[] = [
  ["Gemm", [fed([[1, 2]]), floats([2, 2], [1, 2, 3, 4]), floats([2], [10, 20])], [[17, 30]]],
  ["Gemm", [fed([[1, 2]]), floats([2, 2], [1, 3, 2, 4]), floats([1, 2], [10, 20])], [[17, 30]], at(13, { transB: 1 })],
  ["Gemm", [fed([[1], [2]]), floats([2, 1], [3, 4]), number(1)], [[12]], at(9, { transA: 1 })],
  ["Gemm", [fed([[1, 2]]), floats([2, 1], [3, 4])], [[22]], at(11, { alpha: { float: 2 } })],
  [
    "Gemm",
    [
      fed([
        [1, 2],
        [0, 0],
      ]),
      floats([2, 1], [3, 4]),
      floats([2, 1], [1, 2]),
    ],
    [[14], [6]],
    at(7, { beta: { float: 3 } }),
  ],
  ["MatMul", [fed([[1, 2]]), floats([2, 1], [3, 4])], [[11]]],
  ["MatMul", [fed([[[1, 2]], [[3, 4]]]), floats([2], [1, 1])], [[3], [7]]],
  // Normalization, in inference.
  [
    "BatchNormalization",
    [
      fed([
        [1, 2],
        [3, 4],
      ]),
      floats([2], [2, 1]),
      floats([2], [0, 1]),
      floats([2], [1, 2]),
      floats([2], [4, 1]),
    ],
    [
      [0, 1],
      [2, 3],
    ],
    at(9, { epsilon: { float: 0 } }),
  ],
  [
    "BatchNormalization",
    [fed([[[1, 3]]]), floats([1], [2]), floats([1], [0]), floats([1], [1]), floats([1], [4])],
    [[[0, 2]]],
    at(15, { epsilon: { float: 0 }, training_mode: 0 }),
  ],
  [
    "LayerNormalization",
    [fed([[1, 3]]), floats([2], [2, 1]), floats([2], [0, 5])],
    [[-2, 6]],
    at(17, { epsilon: { float: 0 } }),
  ],
  [
    "LayerNormalization",
    [
      fed([
        [
          [1, 3],
          [3, 1],
        ],
      ]),
      floats([2, 2], [1, 1, 1, 1]),
    ],
    [
      [
        [-1, 1],
        [1, -1],
      ],
    ],
    at(17, { epsilon: { float: 0 }, axis: 1 }),
  ],
  ["RMSNormalization", [fed([[3, -3]]), floats([2], [1, 2])], [[1, -2]], at(23, { epsilon: { float: 0 } })],
  ["Dropout", [x], [[-1, 0, 2]], at(6, { is_test: 1, ratio: { float: 0.5 } })],
  ["Dropout", [x, number(0.5)], [[-1, 0, 2]], at(13)],
  ["Dropout", [x], [[[-1, 0, 2]], [[1, 1, 1]]], { opset: 11, outputs: 2 }],
];
