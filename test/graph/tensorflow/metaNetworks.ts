import type { MetaFile, MetaNodeFile, MetaTensorFile, MetaValue, MetaValues } from "./metaWriter.ts";

/** A node. */
export const node = (
  name: string,
  op: string,
  inputs: readonly string[] = [],
  attributes: Readonly<Record<string, MetaValue>> = {},
): MetaNodeFile => ({ name, op, inputs, attributes });

export const constant = (name: string, tensor: MetaTensorFile, inputs: readonly string[] = []): MetaNodeFile =>
  node(name, "Const", inputs, { dtype: { type: tensor.type ?? 1 }, value: { tensor } });

export const placeholder = (name: string, shape: readonly number[] | undefined, type = 1): MetaNodeFile =>
  node(name, "Placeholder", [], { dtype: { type }, shape: { shape } });

/** A variable with the node that reads it, and its initializer. */
export const variable = (name: string, shape: readonly number[]): MetaNodeFile[] => [
  node(name, "VariableV2", [], { dtype: { type: 1 }, shape: { shape } }),
  node(`${name}/read`, "Identity", [name]),
  constant(`${name}/initial`, { dims: shape, values: [0] }),
  node(`${name}/Assign`, "Assign", [name, `${name}/initial`]),
];

/** A dense layer in the name scope `dnn`, as tf.layers.dense writes it. */
export const dense = (
  name: string,
  input: string,
  shape: readonly [number, number],
  activation?: string,
): MetaNodeFile[] => [
  ...variable(`${name}/kernel`, shape),
  ...variable(`${name}/bias`, [shape[1]]),
  node(`dnn/${name}/MatMul`, "MatMul", [input, `${name}/kernel/read`], { transpose_a: false, transpose_b: false }),
  node(`dnn/${name}/BiasAdd`, "BiasAdd", [`dnn/${name}/MatMul`, `${name}/bias/read`], { data_format: "NHWC" }),
  ...(activation ? [node(`dnn/${name}/${activation}`, activation, [`dnn/${name}/BiasAdd`])] : []),
];

/** The flag `training = tf.placeholder_with_default(False, shape=())`. */
export const flag: readonly MetaNodeFile[] = [
  constant("training/input", { dims: [], type: 10, values: [0] }),
  node("training", "PlaceholderWithDefault", ["training/input"], { dtype: { type: 10 }, shape: { shape: [] } }),
];

/** The pivots of a branch. */
const branch = (scope: string): MetaNodeFile[] => [
  node(`${scope}/Switch`, "Switch", ["training", "training"]),
  node(`${scope}/switch_t`, "Identity", [`${scope}/Switch:1`]),
  node(`${scope}/switch_f`, "Identity", [`${scope}/Switch`]),
  node(`${scope}/pred_id`, "Identity", ["training"]),
];

/** tf.layers.dropout behind the flag. */
export const dropout = (scope: string, input: string, keep: number): MetaNodeFile[] => [
  ...branch(`${scope}/cond`),
  constant(`${scope}/cond/keep_prob`, { dims: [], values: [keep] }, [`^${scope}/cond/switch_t`]),
  node(`${scope}/cond/Shape/Switch`, "Switch", [input, `${scope}/cond/pred_id`]),
  node(`${scope}/cond/Shape`, "Shape", [`${scope}/cond/Shape/Switch:1`]),
  node(`${scope}/cond/uniform`, "RandomUniform", [`${scope}/cond/Shape`], { dtype: { type: 1 }, seed: 42 }),
  node(`${scope}/cond/add`, "Add", [`${scope}/cond/keep_prob`, `${scope}/cond/uniform`]),
  node(`${scope}/cond/Floor`, "Floor", [`${scope}/cond/add`]),
  node(`${scope}/cond/div`, "RealDiv", [`${scope}/cond/Shape/Switch:1`, `${scope}/cond/keep_prob`]),
  node(`${scope}/cond/mul`, "Mul", [`${scope}/cond/div`, `${scope}/cond/Floor`]),
  node(`${scope}/cond/Identity/Switch`, "Switch", [input, `${scope}/cond/pred_id`]),
  node(`${scope}/cond/Identity`, "Identity", [`${scope}/cond/Identity/Switch`]),
  node(`${scope}/cond/Merge`, "Merge", [`${scope}/cond/Identity`, `${scope}/cond/mul`], { N: 2 }),
];

/** How versions of TensorFlow write batch normalization. */
export type BatchNormKind = "1.1" | "1.4" | "1.5" | "contrib";
export const batchNormKinds: readonly BatchNormKind[] = ["1.1", "1.4", "1.5", "contrib"];

const decay = 0.9;

/** What is moved, and by what: the assignment of a moving average. `factor` is a node that gives 1 − decay. */
const movingAverage = (
  scope: string,
  reference: string,
  read: string,
  batch: string,
  factor: string,
): MetaNodeFile[] => [
  node(`${scope}/sub`, "Sub", [read, batch]),
  node(`${scope}/mul`, "Mul", [`${scope}/sub`, factor]),
  node(scope, "AssignSub", [reference, `${scope}/mul`]),
];

/** Batch normalization of columns; its output is `<name>/batchnorm/add_1`. Returns the nodes and the update ops. */
export const batchNorm = (
  kind: BatchNormKind,
  name: string,
  input: string,
  features: number,
): { readonly nodes: readonly MetaNodeFile[]; readonly updates: readonly string[] } => {
  const statistics = ["mean", "variance"] as const;
  const nodes: MetaNodeFile[] = [
    ...["gamma", "beta", "moving_mean", "moving_variance"].flatMap((part) => variable(`${name}/${part}`, [features])),
    constant(`${name}/axes`, { dims: [1], type: 3, values: [0] }),
    node(`${name}/moments/mean`, "Mean", [input, `${name}/axes`], { keep_dims: true }),
    node(`${name}/moments/StopGradient`, "StopGradient", [`${name}/moments/mean`]),
    node(`${name}/moments/SquaredDifference`, "SquaredDifference", [input, `${name}/moments/StopGradient`]),
    node(`${name}/moments/variance`, "Mean", [`${name}/moments/SquaredDifference`, `${name}/axes`], {
      keep_dims: true,
    }),
  ];
  const updates: string[] = [];
  for (const [index, statistic] of statistics.entries()) {
    const moving = `${name}/moving_${statistic}`;
    const batch = `${name}/moments/Squeeze_${index}`;
    const cond = `${name}/cond_${index}`;
    const assign = `${name}/AssignMovingAvg_${index}`;
    nodes.push(
      node(batch, "Squeeze", [`${name}/moments/${statistic}`], { squeeze_dims: { list: [0] } }),
      ...branch(cond),
      node(`${cond}/Switch_1`, "Switch", [batch, `${cond}/pred_id`]),
      node(`${cond}/Switch_2`, "Switch", [`${moving}/read`, `${cond}/pred_id`]),
    );
    if (kind !== "contrib") nodes.push(node(`${cond}/Merge`, "Merge", [`${cond}/Switch_2`, `${cond}/Switch_1:1`]));
    if (kind === "1.1") {
      nodes.push(
        constant(`${assign}/decay`, { dims: [], values: [1 - decay] }),
        ...movingAverage(assign, moving, `${moving}/read`, batch, `${assign}/decay`),
      );
      updates.push(assign);
    } else if (kind === "1.4") {
      // The decay is chosen by the flag, and so is what it moves to.
      const choice = `${name}/decay_${index}`;
      nodes.push(
        ...branch(choice),
        constant(`${choice}/Const`, { dims: [], values: [decay] }, [`^${choice}/switch_t`]),
        constant(`${choice}/Const_1`, { dims: [], values: [1] }, [`^${choice}/switch_f`]),
        node(`${choice}/Merge`, "Merge", [`${choice}/Const_1`, `${choice}/Const`]),
        constant(`${assign}/one`, { dims: [], values: [1] }),
        node(`${assign}/factor`, "Sub", [`${assign}/one`, `${choice}/Merge`]),
        ...movingAverage(assign, moving, `${moving}/read`, `${cond}/Merge`, `${assign}/factor`),
      );
      updates.push(assign);
    } else if (kind === "1.5") {
      const update = `${name}/update_${index}`;
      nodes.push(
        ...branch(update),
        constant(`${update}/decay`, { dims: [], values: [1 - decay] }, [`^${update}/switch_t`]),
        node(`${update}/Ref`, "RefSwitch", [moving, `${update}/pred_id`]),
        node(`${update}/Read`, "Switch", [`${moving}/read`, `${update}/pred_id`]),
        node(`${update}/Batch`, "Switch", [`${cond}/Merge`, `${update}/pred_id`]),
        ...movingAverage(
          `${update}/Assign`,
          `${update}/Ref:1`,
          `${update}/Read:1`,
          `${update}/Batch:1`,
          `${update}/decay`,
        ),
        node(`${update}/Merge`, "Merge", [`${update}/Read`, `${update}/Assign`]),
      );
      updates.push(`${update}/Merge`);
    } else {
      // updates_collections=None: the batch's statistics are read behind the assignment.
      nodes.push(
        constant(`${cond}/decay`, { dims: [], values: [1 - decay] }, [`^${cond}/switch_t`]),
        node(`${cond}/Ref`, "RefSwitch", [moving, `${cond}/pred_id`]),
        ...movingAverage(
          `${cond}/Assign`,
          `${cond}/Ref:1`,
          `${cond}/Switch_2:1`,
          `${cond}/Switch_1:1`,
          `${cond}/decay`,
        ),
        node(`${cond}/Identity`, "Identity", [`${cond}/Switch_1:1`, `^${cond}/Assign`]),
        node(`${cond}/Merge`, "Merge", [`${cond}/Switch_2`, `${cond}/Identity`]),
      );
    }
  }
  nodes.push(
    constant(`${name}/epsilon`, { dims: [], values: [0.001] }),
    node(`${name}/batchnorm/add`, "Add", [`${name}/cond_1/Merge`, `${name}/epsilon`]),
    node(`${name}/batchnorm/Rsqrt`, "Rsqrt", [`${name}/batchnorm/add`]),
    node(`${name}/batchnorm/mul`, "Mul", [`${name}/batchnorm/Rsqrt`, `${name}/gamma/read`]),
    node(`${name}/batchnorm/mul_1`, "Mul", [input, `${name}/batchnorm/mul`]),
    node(`${name}/batchnorm/mul_2`, "Mul", [`${name}/cond_0/Merge`, `${name}/batchnorm/mul`]),
    node(`${name}/batchnorm/sub`, "Sub", [`${name}/beta/read`, `${name}/batchnorm/mul_2`]),
    node(`${name}/batchnorm/add_1`, "Add", [`${name}/batchnorm/mul_1`, `${name}/batchnorm/sub`]),
  );
  return { nodes, updates };
};

/** The nodes that a program has beside its network: a loss, gradients, a saver. None of them is computed here. */
const ballast: readonly MetaNodeFile[] = [
  placeholder("y", undefined, 3),
  node("loss/xentropy", "SparseSoftmaxCrossEntropyWithLogits", ["dnn/outputs/BiasAdd", "y"]),
  node("train/gradients/relu", "ReluGrad", ["dnn/outputs/BiasAdd", "dnn/hidden1/Relu"]),
  node("save/SaveV2", "SaveV2", ["hidden1/kernel"]),
  node("summary", "ScalarSummary", ["loss/xentropy"]),
];

/** The variables of the small network, with their shapes. */
const smallShapes = {
  "hidden1/kernel": [3, 2],
  "hidden1/bias": [2],
  "outputs/kernel": [2, 1],
  "outputs/bias": [1],
} as const;
export const smallNames: readonly string[] = Object.keys(smallShapes);

/**
 * The nodes that train the small network.
 * @param op The kind of update: `Momentum`.
 * @param slots The endings of the slots' names.
 * @param inputs What follows the slots: numbers, or names of variables.
 */
export const trainer = (
  op: string,
  slots: readonly string[],
  inputs: readonly (readonly [name: string, value: number | string])[],
  attributes: MetaNodeFile["attributes"] = {},
): MetaNodeFile[] => {
  const numbers = inputs.filter(([, value]) => typeof value === "number");
  const names = inputs.map(([name, value]) => (typeof value === "number" ? `train/${op}/${name}` : value));
  return [
    ...numbers.map(([name, value]) => constant(`train/${op}/${name}`, { dims: [], values: [value as number] })),
    ...Object.entries(smallShapes).flatMap(([name, shape]) => [
      ...slots.flatMap((slot) => variable(`${name}/${slot}`, shape)),
      node(
        `train/${op}/update_${name}/Apply${op}`,
        `Apply${op}`,
        [name, ...slots.map((slot) => `${name}/${slot}`), ...names],
        attributes,
      ),
    ]),
    node(
      `train/${op}`,
      "NoOp",
      smallNames.map((name) => `^train/${op}/update_${name}/Apply${op}`),
    ),
  ];
};

/** X [*, 3] → hidden1 (2, ReLU) → outputs (1), with what TensorFlow writes beside it. */
export const metaWithTrainer = (training: readonly MetaNodeFile[], trainOp: string): MetaFile => ({
  nodes: [
    placeholder("X", [-1, 3]),
    ...dense("hidden1", "X", [3, 2], "Relu"),
    ...dense("outputs", "dnn/hidden1/Relu", [2, 1]),
    ...ballast,
    ...training,
  ],
  collections: {
    trainable_variables: smallNames.map((name) => `${name}:0`),
    train_op: [trainOp],
  },
});

/** The same, trained with momentum. */
export const smallMeta: MetaFile = metaWithTrainer(
  trainer(
    "Momentum",
    ["Momentum"],
    [
      ["learning_rate", 0.01],
      ["gradient", 0],
      ["momentum", 0.9],
    ],
  ),
  "train/Momentum",
);

export const smallValues: MetaValues = {
  "hidden1/kernel": { shape: [3, 2], values: [1, 0.25, -2, 1, 0.5, -1] },
  "hidden1/bias": { shape: [2], values: [0.5, -0.5] },
  "outputs/kernel": { shape: [2, 1], values: [2, -1] },
  "outputs/bias": { shape: [1], values: [0.125] },
  "hidden1/kernel/Momentum": { shape: [3, 2], values: [0, 0, 0, 0, 0, 0] },
  "hidden1/bias/Momentum": { shape: [2], values: [1, -1] },
  "outputs/kernel/Momentum": { shape: [2, 1], values: [0, 0] },
  "outputs/bias/Momentum": { shape: [1], values: [0.5] },
};

/** X [*, 2] → batch norm, in the way of a version; with dropout behind it where `keep` is below 1. */
export const normalizedMeta = (kind: BatchNormKind, keep = 1): MetaFile => {
  const { nodes, updates } = batchNorm(kind, "bn", "X", 2);
  return {
    nodes: [
      placeholder("X", [-1, 2]),
      ...flag,
      ...nodes,
      ...(keep < 1 ? dropout("drop", "bn/batchnorm/add_1", keep) : []),
    ],
    collections: {
      trainable_variables: ["bn/gamma:0", "bn/beta:0"],
      ...(updates.length > 0 && { update_ops: updates }),
    },
  };
};

export const normalizedValues: MetaValues = {
  "bn/gamma": { shape: [2], values: [2, 0.5] },
  "bn/beta": { shape: [2], values: [1, -1] },
  "bn/moving_mean": { shape: [2], values: [0.5, 1] },
  "bn/moving_variance": { shape: [2], values: [4, 0.25] },
};
