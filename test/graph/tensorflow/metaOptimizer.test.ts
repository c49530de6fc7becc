import {
  AdaGrad,
  Adam,
  Dense,
  exponentialDecay,
  Momentum,
  mean,
  Nesterov,
  type Optimizer,
  RMSProp,
  randomNormal,
  SGD,
  square,
  type Tensor,
} from "gradus";
import { type Graph, loadMetaGraph, loadMetaOptimizer } from "gradus/graph";
import { describe, expect, test } from "vitest";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { metaWithTrainer, smallMeta, smallNames, smallValues, trainer } from "./metaNetworks.ts";
import { type EncodedFiles, encodeMetaFiles, type MetaNodeFile, type MetaValues } from "./metaWriter.ts";

const output = "dnn/outputs/BiasAdd:0";
const weights = Object.fromEntries(Object.entries(smallValues).filter(([name]) => !name.endsWith("/Momentum")));

/** How TensorFlow writes an optimizer: the update, the endings of its slots, and which slot of the library each is. */
interface Written {
  readonly make: () => Optimizer;
  readonly op: string;
  readonly slots: readonly (readonly [ending: string, slot: string])[];
  readonly inputs: readonly (readonly [string, number | string])[];
  readonly attributes?: MetaNodeFile["attributes"];
  /** Variables beside the slots, after so many steps. */
  readonly others?: (steps: number) => MetaValues;
}

const scalar = (value: number): MetaValues[string] => ({ shape: [], values: [value] });
const adamInputs = [
  ["beta1_power", "beta1_power"],
  ["beta2_power", "beta2_power"],
  ["learning_rate", 0.01],
  ["beta1", 0.8],
  ["beta2", 0.99],
  ["epsilon", 1e-6],
] as const;

const optimizers: Readonly<Record<string, Written>> = {
  SGD: {
    make: () => new SGD({ learningRate: 0.1 }),
    op: "GradientDescent",
    slots: [],
    inputs: [["learning_rate", 0.1]],
  },
  Momentum: {
    make: () => new Momentum({ learningRate: 0.1, momentum: 0.7 }),
    op: "Momentum",
    slots: [["Momentum", "momentum"]],
    inputs: [
      ["learning_rate", 0.1],
      ["gradient", 0],
      ["momentum", 0.7],
    ],
  },
  Nesterov: {
    make: () => new Nesterov({ learningRate: 0.1, momentum: 0.7 }),
    op: "Momentum",
    slots: [["Other", "momentum"]],
    inputs: [
      ["learning_rate", 0.1],
      ["gradient", 0],
      ["momentum", 0.7],
    ],
    attributes: { use_nesterov: true },
  },
  Adam: {
    make: () => new Adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-6 }),
    op: "Adam",
    slots: [
      ["Adam", "m"],
      ["Adam_1", "v"],
    ],
    inputs: adamInputs,
    others: (steps) => ({ beta1_power: scalar(0.8 ** (steps + 1)), beta2_power: scalar(0.99 ** (steps + 1)) }),
  },
  RMSProp: {
    make: () => new RMSProp({ learningRate: 0.01, decay: 0.8, momentum: 0.5, epsilon: 1e-10 }),
    op: "RMSProp",
    slots: [
      ["RMSProp", "mean_square"],
      ["RMSProp_1", "momentum"],
    ],
    inputs: [
      ["learning_rate", 0.01],
      ["decay", 0.8],
      ["momentum", 0.5],
      ["epsilon", 1e-10],
    ],
  },
  "RMSProp, centered": {
    make: () => new RMSProp({ learningRate: 0.01, decay: 0.8, momentum: 0.5, epsilon: 1e-10, centered: true }),
    op: "CenteredRMSProp",
    slots: [
      ["RMSProp", "mean_gradient"],
      ["RMSProp_1", "mean_square"],
      ["RMSProp_2", "momentum"],
    ],
    inputs: [
      ["learning_rate", 0.01],
      ["decay", 0.8],
      ["momentum", 0.5],
      ["epsilon", 1e-10],
    ],
  },
  AdaGrad: {
    make: () => new AdaGrad({ learningRate: 0.1 }),
    op: "Adagrad",
    slots: [["Adagrad", "accumulator"]],
    inputs: [["learning_rate", 0.1]],
  },
};

const graphOf = ({ op, slots, inputs, attributes, others }: Written): ReturnType<typeof metaWithTrainer> => {
  const scalars = Object.keys(others?.(0) ?? {}).map(
    (name): MetaNodeFile => ({ name, op: "VariableV2", attributes: { dtype: { type: 1 }, shape: { shape: [] } } }),
  );
  const endings = slots.map(([ending]) => ending);
  return metaWithTrainer([...scalars, ...trainer(op, endings, inputs, attributes)], `train/${op}`);
};

/** The files of a run of TensorFlow that would be where this one is. */
const saved = (written: Written, net: Graph, optimizer: Optimizer): EncodedFiles => {
  const values: Record<string, MetaValues[string]> = { ...written.others?.(optimizer.step) };
  const keep = (name: string, { shape, data }: Tensor): void => {
    values[name] = { shape, values: [...data] };
  };
  for (const name of smallNames) {
    const variable = net.variable(name);
    keep(name, variable.read());
    for (const [ending, slot] of written.slots) keep(`${name}/${ending}`, optimizer.slots(variable)[slot].read());
  }
  return encodeMetaFiles(graphOf(written), values);
};

const train = (net: Graph, optimizer: Optimizer, from: number, to: number): void => {
  for (let index = from; index < to; index++) {
    const x = randomNormal([5, 3], { seed: index });
    optimizer.minimize(() => mean(square(net.call(x, { training: true }))), net.variables);
  }
};

/** Files with values for all slots. */
const complete = (written: Written, values: MetaValues = {}): EncodedFiles => {
  const slots = smallNames.flatMap((name) =>
    written.slots.map(([ending]) => [`${name}/${ending}`, weights[name]] as const),
  );
  return encodeMetaFiles(graphOf(written), {
    ...weights,
    ...Object.fromEntries(slots),
    ...written.others?.(3),
    ...values,
  });
};

describe("an optimizer of TensorFlow", () => {
  test.each(Object.entries(optimizers))(
    "%s resumes from its slots to the bits of a run that went on",
    async (_, written) => {
      const net = await loadMetaGraph(encodeMetaFiles(smallMeta, smallValues), { output });
      const optimizer = written.make();
      train(net, optimizer, 0, 3);
      const files = saved(written, net, optimizer);
      const copy = await loadMetaGraph(files, { output });
      const resumed = await loadMetaOptimizer(files, copy);
      expect(resumed.constructor).toBe(optimizer.constructor);
      expect(resumed.config()).toEqual(optimizer.config());
      train(net, optimizer, 3, 6);
      train(copy, resumed, 3, 6);
      for (const name of smallNames) {
        expect(sameBits(copy.variable(name).read(), net.variable(name).read()), name).toBe(true);
      }
    },
  );

  test("the steps of Adam follow from the powers of its betas, also when that of the first is 0", async () => {
    const adam = optimizers.Adam;
    const stepOf = async (powers: MetaValues): Promise<number> => {
      const files = complete(adam, powers);
      return (await loadMetaOptimizer(files, await loadMetaGraph(files, { output }))).step;
    };
    expect(await stepOf(adam.others!(57))).toBe(57);
    expect(await stepOf({ beta1_power: scalar(0), beta2_power: scalar(0.99 ** 1001) })).toBe(1000);
    expect(await stepOf({ beta1_power: scalar(0), beta2_power: scalar(0) })).toBeGreaterThan(1e5);
    expect(await stepOf({ beta1_power: scalar(0.8), beta2_power: scalar(0.99) })).toBe(0);
  });

  test("one step of momentum is that of its formula", async () => {
    const files = encodeMetaFiles(smallMeta, smallValues);
    const net = await loadMetaGraph(files, { output });
    const optimizer = await loadMetaOptimizer(files, net);
    const bias = net.variable("outputs/bias");
    // d loss / d bias = 3
    optimizer.applyGradients([
      { variable: bias, gradient: mean(randomNormal([1], { mean: 3, stddev: 0 }), { keepDims: true }) },
    ]);
    expect(bias.read().data[0]).toBeCloseTo(0.125 - 0.01 * (0.9 * 0.5 + 3), 6);
  });

  test("new layers begin anew beside the slots of the graph, and a rate can replace that of the file", async () => {
    const files = encodeMetaFiles(smallMeta, smallValues);
    const net = await loadMetaGraph(files, { output, name: "net" });
    const model = net.upTo("dnn/hidden1/Relu:0").extend([new Dense({ name: "new_outputs", units: 2 })]);
    const learningRate = exponentialDecay({ initial: 0.5, decaySteps: 10, decayRate: 0.5 });
    const optimizer = await loadMetaOptimizer(files, model, { learningRate });
    expect(optimizer.learningRate).toBe(0.5);
    const bias = model.variables.find(({ name }) => name === "net/hidden1/bias")!;
    expect(optimizer.slots(bias).momentum.read().toArray()).toEqual([1, -1]);
    expect(optimizer.slots(model.variables.at(-1)!)).toEqual({});
  });

  test("an optimizer that is not read is named, and so is a rate that is computed", async () => {
    const ftrl = { ...optimizers.SGD, op: "Ftrl" };
    const net = await loadMetaGraph(encodeMetaFiles(smallMeta, smallValues), { output });
    await expect(loadMetaOptimizer(complete(ftrl), net)).rejects.toThrow(
      'loadMetaOptimizer: an optimizer must be one of GradientDescent, Momentum, Adam, RMSProp, CenteredRMSProp, Adagrad, got Ftrl ("train/Ftrl/update_hidden1/kernel/ApplyFtrl").',
    );
    const decaying: Written = { ...optimizers.SGD, inputs: [["learning_rate", "dnn/outputs/BiasAdd"]] };
    await expect(loadMetaOptimizer(complete(decaying), net)).rejects.toThrow(
      'the learningRate of "train/GradientDescent/update_hidden1/kernel/ApplyGradientDescent" must be a constant or a variable, got "dnn/outputs/BiasAdd" (BiasAdd). Pass { learningRate }, a number or a schedule.',
    );
    expect((await loadMetaOptimizer(complete(decaying), net, { learningRate: 0.2 })).learningRate).toBe(0.2);
  });

  test("of two optimizers the option trainOp chooses one, and without it the collection train_op", async () => {
    const graph = graphOf(optimizers.Momentum);
    const two = { ...graph, nodes: [...graph.nodes, ...trainer("GradientDescent", [], [["learning_rate", 0.25]])] };
    const files = encodeMetaFiles(two, smallValues);
    const net = await loadMetaGraph(files, { output });
    expect(await loadMetaOptimizer(files, net)).toBeInstanceOf(Momentum);
    const plain = await loadMetaOptimizer(files, net, { trainOp: "train/GradientDescent" });
    expect([plain.constructor, plain.learningRate]).toEqual([SGD, 0.25]);
    await expect(loadMetaOptimizer(files, net, { trainOp: "train/GradientDescend" })).rejects.toThrow(
      'trainOp must be a node of the graph, got "train/GradientDescend". The nodes are train/GradientDescent, train/Momentum.',
    );
    const unclear = encodeMetaFiles({ ...two, collections: {} }, smallValues);
    await expect(loadMetaOptimizer(unclear, net)).rejects.toThrow(
      "one optimizer must update all variables of the model",
    );
  });

  test("a graph without an optimizer of the model says so", async () => {
    const net = await loadMetaGraph(encodeMetaFiles(smallMeta, smallValues), { output });
    const files = encodeMetaFiles(metaWithTrainer([], ""), smallValues);
    await expect(loadMetaOptimizer(files, net)).rejects.toThrow(
      "the graph must have an optimizer of the model's variables, got none for hidden1/kernel, hidden1/bias, outputs/kernel, outputs/bias, in a file of TensorFlow 1.7.0.",
    );
    await expect(loadMetaOptimizer(files, {} as never)).rejects.toThrow("the model must be a layer");
  });
});
