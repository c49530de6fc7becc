import { grad, gradientCheck, mul, type NestedArray, sum, type Tensor, tensor } from "gradus";
import { type Graph, loadMetaGraph } from "gradus/graph";
import { describe, expect, test } from "vitest";
import { tensorflowOperators } from "../../../src/graph/tensorflow/tensorflowOperators.ts";
import { constant, node, placeholder } from "./metaNetworks.ts";
import { encodeMetaFiles, type MetaNodeFile, type MetaTensorFile, type MetaValue } from "./metaWriter.ts";

/** An input of an operator: fed, or a constant of the file. */
type Input = { readonly fed: Tensor } | MetaTensorFile;
const fed = (values: NestedArray, dtype: "float32" | "int32" | "bool" = "float32"): Input => ({
  fed: tensor(values as number[], { dtype }),
});
const floats = (dims: readonly number[], ...values: readonly number[]): Input => ({ dims, values });
const wholes = (dims: readonly number[], ...values: readonly number[]): Input => ({ dims, type: 3, values });
const bools = (dims: readonly number[], ...values: readonly number[]): Input => ({ dims, type: 10, values });

const codes = { float32: 1, int32: 3, bool: 10, uint8: 4, float64: 2 } as const;

interface Options {
  readonly attributes?: Readonly<Record<string, MetaValue>>;
  /** Which output. Default: 0. */
  readonly output?: number;
}

const loadOperator = (
  op: string,
  inputs: readonly Input[],
  { attributes = {}, output = 0 }: Options,
): Promise<Graph> => {
  const nodes: MetaNodeFile[] = inputs.map((input, index) =>
    "fed" in input
      ? placeholder(
          `in${index}`,
          input.fed.shape.map(() => -1),
          codes[input.fed.dtype],
        )
      : constant(`in${index}`, input),
  );
  nodes.push(
    node(
      "y",
      op,
      inputs.map((_, index) => `in${index}`),
      attributes,
    ),
  );
  return loadMetaGraph(encodeMetaFiles({ nodes }, {}), { output: `y:${output}`, seed: 1 });
};

const runOperator = async (op: string, inputs: readonly Input[], options: Options = {}): Promise<Tensor> => {
  const net = await loadOperator(op, inputs, options);
  const feeds = Object.fromEntries(
    inputs.flatMap((input, index) => ("fed" in input ? [[`in${index}:0`, input.fed] as const] : [])),
  );
  return net.run(feeds)[`y:${output(options)}`];
};
const output = ({ output: number = 0 }: Options): number => number;

type Case = readonly [op: string, inputs: readonly Input[], expected: NestedArray, options?: Options];

const x = fed([
  [-2, 0.5],
  [1, 3],
]);
const row = [-1, 0, 2];
const e = Math.E;

/** Operators of one float, with their values at −1, 0 and 2. */
const functions: Readonly<Record<string, readonly number[]>> = {
  Neg: [1, 0, -2],
  Abs: [1, 0, 2],
  Sign: [-1, 0, 1],
  Square: [1, 0, 4],
  Exp: [1 / e, 1, e ** 2],
  Erf: [-0.8427008, 0, 0.9953223],
  Floor: [-1, 0, 2],
  Ceil: [-1, 0, 2],
  Round: [-1, 0, 2],
  Rint: [-1, 0, 2],
  Relu: [0, 0, 2],
  Relu6: [0, 0, 2],
  Elu: [1 / e - 1, 0, 2],
  Selu: [1.7580993 * (1 / e - 1), 0, 2.101402],
  Sigmoid: [1 / (1 + e), 0.5, 1 / (1 + e ** -2)],
  Tanh: [Math.tanh(-1), 0, Math.tanh(2)],
  Softplus: [Math.log(1 + 1 / e), Math.log(2), Math.log(1 + e ** 2)],
  Softsign: [-0.5, 0, 2 / 3],
  Softmax: [-1, 0, 2].map((value) => e ** value / (1 / e + 1 + e ** 2)),
  LogSoftmax: [-1, 0, 2].map((value) => value - Math.log(1 / e + 1 + e ** 2)),
  Identity: row,
  RefIdentity: row,
  ReadVariableOp: row,
  Snapshot: row,
  CheckNumerics: row,
  StopGradient: row,
  PreventGradient: row,
  PlaceholderWithDefault: row,
  ZerosLike: [0, 0, 0],
  OnesLike: [1, 1, 1],
};

const others: readonly Case[] = [
  ["LeakyRelu", [fed(row)], [-0.5, 0, 2], { attributes: { alpha: { float: 0.5 } } }],
  ["Log", [fed([1, e])], [0, 1]],
  ["Sqrt", [fed([4, 9])], [2, 3]],
  ["Rsqrt", [fed([4, 16])], [0.5, 0.25]],
  ["Reciprocal", [fed([4, -2])], [0.25, -0.5]],
  ["Inv", [fed([4, -2])], [0.25, -0.5]],
  [
    "Add",
    [x, floats([2], 1, 2)],
    [
      [-1, 2.5],
      [2, 5],
    ],
  ],
  [
    "AddV2",
    [x, floats([], 1)],
    [
      [-1, 1.5],
      [2, 4],
    ],
  ],
  [
    "AddN",
    [x, x, x],
    [
      [-6, 1.5],
      [3, 9],
    ],
  ],
  [
    "Sub",
    [x, floats([2], 1, 2)],
    [
      [-3, -1.5],
      [0, 1],
    ],
  ],
  [
    "Mul",
    [x, floats([2, 1], 2, 3)],
    [
      [-4, 1],
      [3, 9],
    ],
  ],
  [
    "RealDiv",
    [x, floats([], 2)],
    [
      [-1, 0.25],
      [0.5, 1.5],
    ],
  ],
  [
    "Div",
    [x, floats([], 2)],
    [
      [-1, 0.25],
      [0.5, 1.5],
    ],
  ],
  ["FloorDiv", [fed([-7, 7]), floats([], 2)], [-4, 3]],
  ["FloorMod", [fed([-7, 7]), floats([], 4)], [1, 3]],
  [
    "Maximum",
    [x, floats([], 0.75)],
    [
      [0.75, 0.75],
      [1, 3],
    ],
  ],
  [
    "Minimum",
    [x, floats([], 0.75)],
    [
      [-2, 0.5],
      [0.75, 0.75],
    ],
  ],
  [
    "Pow",
    [x, floats([], 2)],
    [
      [4, 0.25],
      [1, 9],
    ],
  ],
  ["Pow", [fed([4, 9]), floats([], 0.5)], [2, 3]],
  [
    "SquaredDifference",
    [x, floats([], 1)],
    [
      [9, 0.25],
      [0, 4],
    ],
  ],
  [
    "Equal",
    [x, floats([], 1)],
    [
      [0, 0],
      [1, 0],
    ],
  ],
  [
    "NotEqual",
    [x, floats([], 1)],
    [
      [1, 1],
      [0, 1],
    ],
  ],
  [
    "Greater",
    [x, floats([], 1)],
    [
      [0, 0],
      [0, 1],
    ],
  ],
  [
    "GreaterEqual",
    [x, floats([], 1)],
    [
      [0, 0],
      [1, 1],
    ],
  ],
  [
    "Less",
    [x, floats([], 1)],
    [
      [1, 1],
      [0, 0],
    ],
  ],
  [
    "LessEqual",
    [x, floats([], 1)],
    [
      [1, 1],
      [1, 0],
    ],
  ],
  ["LogicalAnd", [fed([1, 0], "bool"), bools([2], 1, 1)], [1, 0]],
  ["LogicalOr", [fed([1, 0], "bool"), bools([2], 0, 0)], [1, 0]],
  ["LogicalNot", [fed([1, 0], "bool")], [0, 1]],
  [
    "Select",
    [fed([1, 0], "bool"), x, floats([2, 2], 9)],
    [
      [-2, 0.5],
      [9, 9],
    ],
  ],
  [
    "SelectV2",
    [fed([1, 0], "bool"), x, floats([2, 2], 9)],
    [
      [-2, 9],
      [1, 9],
    ],
  ],
  [
    "Select",
    [bools([], 0), x, floats([2, 2], 9)],
    [
      [9, 9],
      [9, 9],
    ],
  ],
  [
    "MatMul",
    [x, floats([2, 2], 1, 2, 3, 4)],
    [
      [-0.5, -2],
      [10, 14],
    ],
  ],
  [
    "MatMul",
    [x, floats([2, 2], 1, 2, 3, 4)],
    [
      [1, 0],
      [9.5, 13],
    ],
    { attributes: { transpose_a: true } },
  ],
  [
    "MatMul",
    [x, floats([2, 2], 1, 2, 3, 4)],
    [
      [-1, -4],
      [7, 15],
    ],
    { attributes: { transpose_b: true } },
  ],
  ["BatchMatMul", [fed([[[1, 2]]]), floats([1, 1, 2], 3, 4)], [[[11]]], { attributes: { adj_y: true } }],
  ["BatchMatMulV2", [fed([[[1, 2]]]), floats([1, 2, 1], 3, 4)], [[[11]]]],
  [
    "BiasAdd",
    [x, floats([2], 1, 2)],
    [
      [-1, 2.5],
      [2, 5],
    ],
  ],
  [
    "BiasAddV1",
    [x, floats([2], 1, 2)],
    [
      [-1, 2.5],
      [2, 5],
    ],
  ],
  [
    "BiasAdd",
    [
      fed([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
      floats([2], 10, 20),
    ],
    [
      [
        [11, 12],
        [23, 24],
      ],
    ],
    { attributes: { data_format: "NCHW" } },
  ],
  ["L2Loss", [x], (4 + 0.25 + 1 + 9) / 2],
  ["SparseSoftmaxCrossEntropyWithLogits", [fed([[0, 0]]), wholes([1], 1)], [Math.log(2)]],
  ["SoftmaxCrossEntropyWithLogits", [fed([[0, 0]]), floats([1, 2], 0, 1)], [Math.log(2)]],
  ["InTopK", [x, wholes([2], 1, 0)], [1, 0], { attributes: { k: 1 } }],
  ["InTopKV2", [x, wholes([2], 1, 0), wholes([], 2)], [1, 1]],
  ["Sum", [x, wholes([1], 0)], [-1, 3.5]],
  [
    "Sum",
    [x, wholes([0])],
    [
      [-2, 0.5],
      [1, 3],
    ],
  ],
  ["Mean", [x, wholes([1], -1)], [[-0.75], [2]], { attributes: { keep_dims: true } }],
  ["Max", [x, wholes([2], 0, 1)], 3],
  ["Min", [x, wholes([1], 1)], [-2, 1]],
  ["Prod", [x, wholes([1], 1)], [-1, 3]],
  [
    "All",
    [
      fed(
        [
          [1, 0],
          [1, 1],
        ],
        "bool",
      ),
      wholes([1], 1),
    ],
    [0, 1],
  ],
  [
    "Any",
    [
      fed(
        [
          [1, 0],
          [0, 0],
        ],
        "bool",
      ),
      wholes([1], 1),
    ],
    [1, 0],
  ],
  ["ArgMax", [x, wholes([], 1)], [1, 1]],
  ["ArgMin", [x, wholes([], 0)], [0, 0]],
  ["Reshape", [x, wholes([2], -1, 1)], [[-2], [0.5], [1], [3]]],
  ["Squeeze", [fed([[[1], [2]]])], [1, 2]],
  ["Squeeze", [fed([[[1], [2]]])], [[1], [2]], { attributes: { squeeze_dims: { list: [0] } } }],
  ["ExpandDims", [fed([1, 2]), wholes([], -1)], [[1], [2]]],
  [
    "Transpose",
    [x, wholes([2], 1, 0)],
    [
      [-2, 1],
      [0.5, 3],
    ],
  ],
  [
    "Concat",
    [wholes([], 0), x, floats([1, 2], 7, 8)],
    [
      [-2, 0.5],
      [1, 3],
      [7, 8],
    ],
  ],
  [
    "ConcatV2",
    [x, floats([2, 1], 7, 8), wholes([], 1)],
    [
      [-2, 0.5, 7],
      [1, 3, 8],
    ],
  ],
  [
    "Pack",
    [fed([1, 2]), floats([2], 3, 4)],
    [
      [1, 3],
      [2, 4],
    ],
    { attributes: { axis: 1 } },
  ],
  ["Unpack", [x], [0.5, 3], { attributes: { axis: 1, num: 2 }, output: 1 }],
  ["Split", [wholes([], 1), x], [[0.5], [3]], { attributes: { num_split: 2 }, output: 1 }],
  ["SplitV", [fed([1, 2, 3]), wholes([2], 1, -1), wholes([], 0)], [2, 3], { output: 1 }],
  ["Slice", [x, wholes([2], 0, 1), wholes([2], -1, 1)], [[0.5], [3]]],
  [
    "StridedSlice",
    [x, wholes([2], 0, 1), wholes([2], 0, 2), wholes([2], 1, 1)],
    [0.5, 3],
    { attributes: { begin_mask: 1, end_mask: 1, shrink_axis_mask: 2 } },
  ],
  ["StridedSlice", [fed([1, 2, 3, 4]), wholes([1], -1), wholes([1], 0), wholes([1], -2)], [4, 2]],
  [
    "StridedSlice",
    [x, wholes([2], 0, 1), wholes([2], 0, 2), wholes([2], 1, 1)],
    [[[1, 3]]],
    { attributes: { new_axis_mask: 1 } },
  ],
  [
    "Gather",
    [x, wholes([2], 1, 0)],
    [
      [1, 3],
      [-2, 0.5],
    ],
  ],
  ["ResourceGather", [x, fed([1], "int32")], [[1, 3]]],
  ["GatherV2", [x, wholes([1], 1), wholes([], 1)], [[0.5], [3]]],
  ["Tile", [fed([1, 2]), wholes([1], 2)], [1, 2, 1, 2]],
  ["Fill", [wholes([2], 2, 1), floats([], 3)], [[3], [3]]],
  ["Pad", [fed([1, 2]), wholes([1, 2], 1, 2)], [0, 1, 2, 0, 0]],
  ["PadV2", [fed([1]), wholes([1, 2], 1, 0), floats([], 5)], [5, 1]],
  ["Shape", [x], [2, 2]],
  ["Size", [x], 4],
  ["Rank", [x], 2],
  ["Range", [wholes([], 1), wholes([], 7), wholes([], 2)], [1, 3, 5]],
  [
    "OneHot",
    [fed([1, 0], "int32"), wholes([], 3), floats([], 5), floats([], 1)],
    [
      [1, 5, 1],
      [5, 1, 1],
    ],
  ],
  [
    "OneHot",
    [fed([1, 0], "int32"), wholes([], 2), floats([], 1), floats([], 0)],
    [
      [0, 1],
      [1, 0],
    ],
    { attributes: { axis: 0 } },
  ],
  ["Cast", [fed([1.75, -1.75])], [1, -1], { attributes: { DstT: { type: 3 } } }],
  ["Cast", [fed([0, 3], "int32")], [0, 3], { attributes: { DstT: { type: 1 } } }],
  [
    "Switch",
    [x, bools([], 1)],
    [
      [-2, 0.5],
      [1, 3],
    ],
    { output: 1 },
  ],
  [
    "RefSwitch",
    [x, bools([], 0)],
    [
      [-2, 0.5],
      [1, 3],
    ],
  ],
  [
    "Merge",
    [x],
    [
      [-2, 0.5],
      [1, 3],
    ],
  ],
  ["RefMerge", [x], 0, { output: 1 }],
];

const close = (actual: NestedArray, expected: NestedArray, label: string): void => {
  if (!Array.isArray(expected)) expect(actual, label).toBeCloseTo(expected as number, 5);
  else {
    expect((actual as readonly NestedArray[]).length, label).toBe(expected.length);
    for (const [index, entry] of expected.entries()) close((actual as readonly NestedArray[])[index], entry, label);
  }
};

const cases: readonly Case[] = [
  ...Object.entries(functions).map(([op, expected]): Case => [op, [fed(row)], [...expected]]),
  ...others,
];

/** Those with tests of their own: of branches, assignments, and random numbers. */
const elsewhere = [
  "Training",
  "Guard",
  "Assign",
  "AssignAdd",
  "AssignSub",
  "AssignVariableOp",
  "AssignAddVariableOp",
  "AssignSubVariableOp",
  "RandomUniform",
  "RandomStandardNormal",
  "TruncatedNormal",
];

describe("an operator of TensorFlow", () => {
  test.each(cases.map((entry, index) => [entry[0], index, entry] as const))(
    "%s, case %i, gives what TensorFlow documents",
    async (_, __, [op, inputs, expected, options]) => {
      close((await runOperator(op, inputs, options)).toArray(), expected, op);
    },
  );

  test("every operator has a case", () => {
    const tested = new Set([...cases.map(([op]) => op), ...elsewhere]);
    expect(Object.keys(tensorflowOperators).filter((op) => !tested.has(op))).toEqual([]);
    expect([...tested].filter((op) => !Object.hasOwn(tensorflowOperators, op))).toEqual([]);
  });

  test("operators compute the same on the host, where all inputs are constants", async () => {
    const skipped = new Set(["SparseSoftmaxCrossEntropyWithLogits"]);
    for (const [op, inputs, expected, options] of cases) {
      if (skipped.has(op)) continue;
      const constants = inputs.map((input): Input => {
        if (!("fed" in input)) return input;
        return { dims: input.fed.shape, type: codes[input.fed.dtype], values: [...input.fed.data] };
      });
      close((await runOperator(op, constants, options)).toArray(), expected, `${op} on the host`);
    }
  });

  test("random numbers have the shape that is asked for, and follow the seed", async () => {
    for (const op of ["RandomUniform", "RandomStandardNormal", "TruncatedNormal"]) {
      const [first, second] = [
        await runOperator(op, [wholes([2], 50, 20)]),
        await runOperator(op, [wholes([2], 50, 20)]),
      ];
      expect(first.shape).toEqual([50, 20]);
      expect(first.toArray()).toEqual(second.toArray());
      const mean = [...first.data].reduce((a, b) => a + b) / 1000;
      expect(mean).toBeCloseTo(op === "RandomUniform" ? 0.5 : 0, 0);
      expect(new Set(first.data).size).toBeGreaterThan(900);
    }
  });

  test("derivatives pass through the nodes of a batch norm, and stop where the file says so", async () => {
    const net = await loadOperator("StopGradient", [fed([1, 2])], {});
    const input = tensor([0.5, -1]);
    expect(grad((t: Tensor) => sum(mul(t, net.call(t))))(input).toArray()).toEqual([0.5, -1]);
    const rsqrt = await loadOperator("Rsqrt", [fed([1, 2])], {});
    expect(gradientCheck((t: Tensor) => sum(rsqrt.call(t)), [tensor([0.5, 2])]).worst.error).toBeLessThan(1e-6);
  });
});

describe("assignments of a graph", () => {
  /** v is 2, and a part of the output; a step assigns 3 to it, adds it, or takes it away. */
  const assigning = async (op: string, isResource: boolean): Promise<Graph> => {
    const reads = isResource ? "ReadVariableOp" : "Identity";
    const nodes = [
      placeholder("X", [-1]),
      node("v", isResource ? "VarHandleOp" : "VariableV2", [], { dtype: { type: 1 }, shape: { shape: [] } }),
      node("v/read", reads, ["v"]),
      constant("three", { dims: [], values: [3] }),
      node("change", op, ["v", "three"]),
      node("y", "Mul", ["X", "v/read"]),
    ];
    const file = { nodes, collections: { trainable_variables: [], update_ops: ["change"] } };
    return loadMetaGraph(encodeMetaFiles(file, { v: { shape: [], values: [2] } }), { output: "y" });
  };
  test.each([
    ["Assign", false, 3],
    ["AssignAdd", false, 5],
    ["AssignSub", false, -1],
    ["AssignVariableOp", true, 3],
    ["AssignAddVariableOp", true, 5],
    ["AssignSubVariableOp", true, -1],
  ] as const)("%s changes the variable in training alone", async (op, isResource, expected) => {
    const net = await assigning(op, isResource);
    expect(net.call(tensor([1])).toArray()).toEqual([2]);
    expect(net.variable("v").read().item()).toBe(2);
    expect(net.call(tensor([1]), { training: true }).toArray()).toEqual([2]);
    expect(net.variable("v").read().item()).toBe(expected);
  });

  test("a read behind an assignment has the new value", async () => {
    const nodes = [
      placeholder("X", [-1]),
      node("v", "VariableV2", [], { dtype: { type: 1 }, shape: { shape: [] } }),
      constant("three", { dims: [], values: [3] }),
      node("change", "AssignAdd", ["v", "three"]),
      node("v/after", "Identity", ["v", "^change"]),
      node("y", "Mul", ["X", "v/after"]),
    ];
    const net = await loadMetaGraph(encodeMetaFiles({ nodes }, { v: { shape: [], values: [2] } }), { output: "y" });
    expect(net.call(tensor([1]), { training: true }).toArray()).toEqual([5]);
    expect(net.call(tensor([1])).toArray()).toEqual([8]);
    expect(net.variable("v").read().item()).toBe(5);
  });
});
