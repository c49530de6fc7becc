import { at, type Case } from "../case.ts";
import { fed, floats, number, wholeNumber, wholes } from "../node.ts";

const x = fed([[-1, 0, 2]]);
const e = Math.E;

/** Activations. */
export const activationsCases: readonly Case[] = [
  ["Relu", [x], [[0, 0, 2]]],
  ["LeakyRelu", [x], [[-0.01, 0, 2]]],
  ["LeakyRelu", [x], [[-0.25, 0, 2]], at(17, { alpha: { float: 0.25 } })],
  ["Elu", [x], [[1 / e - 1, 0, 2]]],
  ["Elu", [x], [[2 / e - 2, 0, 2]], at(6, { alpha: { float: 2 } })],
  ["Celu", [x], [[2 * Math.exp(-0.5) - 2, 0, 2]], at(12, { alpha: { float: 2 } })],
  ["Celu", [x], [[1 / e - 1, 0, 2]], at(12)],
  ["Selu", [x], [[1.0507009873554805 * 1.6732632423543772 * (1 / e - 1), 0, 2 * 1.0507009873554805]]],
  ["Selu", [x], [[3 * 2 * (1 / e - 1), 0, 6]], at(17, { alpha: { float: 2 }, gamma: { float: 3 } })],
  ["PRelu", [x, floats([3], [0.5, 1, 1])], [[-0.5, 0, 2]]],
  [
    "PRelu",
    [
      fed([
        [
          [-1, -1],
          [-1, 1],
        ],
      ]),
      floats([2], [0.5, 0.25]),
    ],
    [
      [
        [-0.5, -0.5],
        [-0.25, 1],
      ],
    ],
    at(6),
  ],
  ["ThresholdedRelu", [fed([-2, 1, 1.5])], [0, 0, 1.5]],
  ["Sigmoid", [fed([0, Math.log(3)])], [0.5, 0.75]],
  ["Tanh", [fed([0, Math.log(3) / 2])], [0, 0.5]],
  ["Softplus", [fed([0])], [Math.LN2]],
  ["Softsign", [x], [[-0.5, 0, 2 / 3]]],
  ["HardSigmoid", [fed([-5, 0, 1, 5])], [0, 0.5, 0.7, 1]],
  ["HardSigmoid", [fed([1])], [0.75], at(17, { alpha: { float: 0.5 }, beta: { float: 0.25 } })],
  ["HardSwish", [fed([-4, 0, 1.5, 4])], [0, 0, 1.125, 4], at(14)],
  ["Mish", [fed([0, 1])], [0, 0.8650983882673103], at(18)],
  ["Swish", [fed([Math.log(3)])], [0.75 * Math.log(3)], at(24)],
  ["Swish", [fed([Math.log(3)])], [0.9 * Math.log(3)], at(24, { alpha: { float: 2 } })],
  ["Gelu", [fed([0, 1])], [0, 0.8413447460685429], at(20)],
  ["Gelu", [fed([1])], [0.8411919906082768], at(20, { approximate: "tanh" })],
  ["Shrink", [fed([-2, 0.25, 2])], [-1, 0, 1], at(17, { bias: { float: 1 } })],
  ["Clip", [x], [[-0.5, 0, 1]], at(6, { min: { float: -0.5 }, max: { float: 1 } })],
  ["Clip", [x], [[-1, 0, 1]], at(10, { max: { float: 1 } })],
  ["Clip", [x, number(-0.5), number(1)], [[-0.5, 0, 1]], at(11)],
  ["Clip", [x, undefined, number(1)], [[-1, 0, 1]], at(13)],
  ["Clip", [x, number(0)], [[0, 0, 2]], at(13)],
  ["Clip", [x, number(1), number(0)], [[0, 0, 0]], at(13)],
  ["Clip", [wholes(-3, 9), wholeNumber(0), wholeNumber(5)], [0, 5], at(13)],
  // Up to opset 12 the axes from 1 on are joined, from 13 on there is one axis.
  [
    "Softmax",
    [
      fed([
        [
          [0, 0],
          [0, 0],
        ],
      ]),
    ],
    [
      [
        [0.25, 0.25],
        [0.25, 0.25],
      ],
    ],
    at(12),
  ],
  [
    "Softmax",
    [
      fed([
        [
          [0, 0],
          [0, 0],
        ],
      ]),
    ],
    [
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    ],
    at(13),
  ],
  [
    "Softmax",
    [
      fed([
        [0, 1],
        [0, 1],
      ]),
    ],
    [
      [0.5, 0.5],
      [0.5, 0.5],
    ],
    at(13, { axis: 0 }),
  ],
  [
    "LogSoftmax",
    [
      fed([
        [
          [0, 0],
          [0, 0],
        ],
      ]),
    ],
    [
      [
        [-Math.log(4), -Math.log(4)],
        [-Math.log(4), -Math.log(4)],
      ],
    ],
    at(9),
  ],
  ["LogSoftmax", [fed([[0, 0]])], [[-Math.LN2, -Math.LN2]]],
];
