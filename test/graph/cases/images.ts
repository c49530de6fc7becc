import { at, type Case } from "../case.ts";
import { fed, floats, number, wholes } from "../node.ts";

/** The numbers from 1 to 9 as an image, the channels in front. */
const image = fed([
  [
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  ],
]);
const sequence = fed([[[1, 2, 3, 4]]]);
const diagonal = floats([1, 1, 2, 2], [1, 0, 0, 1]);

/** Images and sequences. */
export const imageCases: readonly Case[] = [
  [
    "Conv",
    [image, diagonal],
    [
      [
        [
          [6, 8],
          [12, 14],
        ],
      ],
    ],
  ],
  [
    "Conv",
    [image, diagonal, floats([1], [100])],
    [
      [
        [
          [106, 108],
          [112, 114],
        ],
      ],
    ],
  ],
  [
    "Conv",
    [image, diagonal],
    [
      [
        [
          [1, 3],
          [7, 14],
        ],
      ],
    ],
    at(11, { strides: [2, 2], pads: [1, 1, 0, 0] }),
  ],
  ["Conv", [image, diagonal], [[[[10]]]], at(11, { dilations: [2, 2] })],
  [
    "Conv",
    [image, diagonal],
    [
      [
        [
          [6, 8, 3],
          [12, 14, 6],
          [7, 8, 9],
        ],
      ],
    ],
    at(11, { auto_pad: "SAME_UPPER" }),
  ],
  [
    "Conv",
    [image, diagonal],
    [
      [
        [
          [1, 2, 3],
          [4, 6, 8],
          [7, 12, 14],
        ],
      ],
    ],
    at(11, { auto_pad: "SAME_LOWER" }),
  ],
  // Two channels in two groups, each with a filter of its own.
  ["Conv", [fed([[[[1]], [[2]]]]), floats([2, 1, 1, 1], [10, 100])], [[[[10]], [[200]]]], at(11, { group: 2 })],
  // Two channels to one filter, in the order of the file.
  ["Conv", [fed([[[[1, 2]], [[3, 4]]]]), floats([1, 2, 1, 1], [1, 10])], [[[[31, 42]]]]],
  ["Conv", [sequence, floats([1, 1, 2], [1, 10])], [[[21, 32, 43]]]],
  ["Conv", [sequence, floats([1, 1, 2], [1, 10])], [[[10, 32, 4]]], at(11, { strides: [2], pads: [1, 1] })],
  ["ConvTranspose", [fed([[[[1, 2]]]]), floats([1, 1, 1, 2], [1, 10])], [[[[1, 12, 20]]]]],
  [
    "ConvTranspose",
    [fed([[[[1, 2]]]]), floats([1, 1, 1, 2], [1, 10]), floats([1], [5])],
    [[[[6, 15, 7, 25]]]],
    at(11, { strides: [1, 2] }),
  ],
  ["ConvTranspose", [fed([[[[1, 2]]]]), floats([1, 2, 1, 1], [1, 10])], [[[[1, 2]], [[10, 20]]]]],
  ["ConvTranspose", [fed([[[1, 2]]]), floats([1, 1, 3], [1, 10, 100])], [[[12, 120]]], at(11, { pads: [1, 1] })],
  [
    "MaxPool",
    [image],
    [
      [
        [
          [5, 6],
          [8, 9],
        ],
      ],
    ],
    at(12, { kernel_shape: [2, 2] }),
  ],
  [
    "MaxPool",
    [image],
    [
      [
        [
          [5, 6],
          [8, 9],
        ],
      ],
    ],
    at(12, { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
  ],
  ["MaxPool", [image], [[[[5]]]], at(8, { kernel_shape: [2, 2], strides: [2, 2] })],
  ["MaxPool", [fed([[[-1, -2, -3]]])], [[[-1, -2]]], at(12, { kernel_shape: [2], strides: [2], pads: [1, 0] })],
  [
    "AveragePool",
    [image],
    [
      [
        [
          [3, 4],
          [6, 7],
        ],
      ],
    ],
    at(11, { kernel_shape: [2, 2] }),
  ],
  [
    "AveragePool",
    [image],
    [
      [
        [
          [1, 2.5],
          [5.5, 7],
        ],
      ],
    ],
    at(7, { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 0, 0] }),
  ],
  [
    "AveragePool",
    [image],
    [
      [
        [
          [0.25, 1.25],
          [2.75, 7],
        ],
      ],
    ],
    at(11, { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 0, 0], count_include_pad: 1 }),
  ],
  ["GlobalAveragePool", [image], [[[[5]]]]],
  ["GlobalMaxPool", [sequence], [[[4]]]],
  ["Pad", [fed([[1, 2]])], [[0, 1, 2, 0, 0]], at(10, { pads: [0, 1, 0, 2] })],
  [
    "Pad",
    [fed([[1, 2]]), wholes(0, 1, 1, 0), number(9)],
    [
      [9, 1, 2],
      [9, 9, 9],
    ],
    at(13),
  ],
  ["Pad", [fed([[1, 2, 3]]), wholes(2, 1), undefined, wholes(1)], [[3, 2, 1, 2, 3, 2]], at(18, { mode: "reflect" })],
  ["Pad", [fed([[1, 2, 3]]), wholes(0, -1, 0, 1)], [[2, 3, 0]], at(11)],
];
