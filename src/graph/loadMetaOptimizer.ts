import { DataError, DTypeError } from "../base/errors.ts";
import { checkOptions, type OptionRules, text } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { Layer } from "../layers/base/layer.ts";
import { AdaGrad } from "../optim/adaGrad.ts";
import { Adam } from "../optim/adam.ts";
import { Momentum } from "../optim/momentum.ts";
import { Nesterov } from "../optim/nesterov.ts";
import type { Optimizer } from "../optim/optimizer/optimizer.ts";
import { RMSProp } from "../optim/rmsProp.ts";
import { rateRule, type Schedule } from "../optim/schedules/schedule.ts";
import { SGD } from "../optim/sgd.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type ApplyNode, applyNodes, numberOfInput, variableOfInput } from "./tensorflow/applyNodes.ts";
import { type MetaGraphSource, openMetaFiles } from "./tensorflow/metaFiles.ts";
import { MetaIndex } from "./tensorflow/metaIndex.ts";
import { writerOf } from "./tensorflow/metaSupport.ts";
import { readMetaGraph } from "./tensorflow/readMetaGraph.ts";

/** Options of `loadMetaOptimizer`. */
export interface LoadMetaOptimizerOptions {
  /** Default: that of the file, which must be a constant or a variable there. */
  readonly learningRate?: number | Schedule;
  /** The node that trains, where the file has several: `train/Momentum`. Default: the last of the collection `train_op`. */
  readonly trainOp?: string;
}

const rules: OptionRules<LoadMetaOptimizerOptions> = { learningRate: rateRule, trainOp: text };

/** The names of slots here, by what they are in the file. */
const slotNames: Readonly<Record<string, string>> = {
  momentumSlot: "momentum",
  m: "m",
  v: "v",
  meanSquare: "mean_square",
  meanGradient: "mean_gradient",
  accumulator: "accumulator",
};

/**
 * The optimizer that a run of TensorFlow 1 has saved, with its numbers and its slots, so that training resumes from there:
 * GradientDescent (SGD), Momentum (also with `use_nesterov`), Adam, RMSProp (also centered) and Adagrad.
 *
 * Slots are found by the nodes that update the variables, so that any name of the optimizer is right. The number of steps of Adam
 * follows from β₁ᵗ⁺¹ and β₂ᵗ⁺¹, which TensorFlow keeps; others take it from the variable `global_step`, else it is 0.
 * Variables of the model that the file does not have begin anew.
 * @param source As for `loadMetaGraph`.
 * @param model What `loadMetaGraph` gave, a part of it, or a model that contains it.
 * @throws DataError for files as `loadMetaGraph`, for optimizers that are not read, for several that differ, and for numbers that are
 * computed. DTypeError for a model that is not a layer; ValueError for unknown options.
 * @example
 * const net = await loadMetaGraph("my_model_final.ckpt", { output: "dnn/outputs/BiasAdd:0" });
 * const optimizer = await loadMetaOptimizer("my_model_final.ckpt", net);
 * optimizer.config(); // { learningRate: 0.01, momentum: 0.9 }
 * optimizer.slots(net.variable("outputs/bias")).momentum.read().toArray(); // [0.5]
 */
export const loadMetaOptimizer = async (
  source: MetaGraphSource,
  model: Layer,
  options: LoadMetaOptimizerOptions = {},
): Promise<Optimizer> => {
  checkOptions("loadMetaOptimizer", options, rules);
  if (!(model instanceof Layer)) {
    throw new DTypeError(`loadMetaOptimizer: the model must be a layer, got ${showValue(model)}. Pass the graph.`);
  }
  const { learningRate, trainOp } = options;
  const { where, meta: bytes, variables } = await openMetaFiles("loadMetaOptimizer", source);
  const meta = readMetaGraph(bytes, where);
  const index = new MetaIndex(meta, where);
  // A graph with a name has it in front of the names of the file.
  const named = new Map(model.variables.map((variable) => [variable.name, variable]));
  const prefixes = ["", `${model.name}/`, ...model.sublayers.map(({ name }) => `${name}/`)];
  const nameHere = (name: string): string | undefined =>
    prefixes.map((prefix) => prefix + name).find((candidate) => named.has(candidate));
  const nodes = applyNodes(meta, index, trainOp, (name) => nameHere(name) !== undefined, where);
  if (nodes.length === 0) {
    throw new DataError(
      `${where}: the graph must have an optimizer of the model's variables, got none for ${[...named.keys()].slice(0, 5).join(", ")}, in ${writerOf(meta)}. ` +
        "Make an optimizer of this library.",
    );
  }
  const wanted = new Set(
    nodes.flatMap(({ inputs }) => Object.values(inputs).flatMap((input) => variableOfInput(input, index) ?? [])),
  );
  const globalStep = meta.collections.get("global_step")?.[0]?.replace(/:\d+$/, "");
  if (globalStep !== undefined && index.find(globalStep)) wanted.add(globalStep);
  const values = await variables([...wanted]);
  const read = (apply: ApplyNode): Numbers => numbersOf(apply, index, values, learningRate, where);
  const first = read(nodes[0]);
  const odd = nodes.find(
    (apply) => JSON.stringify(settings(apply, read(apply))) !== JSON.stringify(settings(nodes[0], first)),
  );
  if (odd) {
    throw new DataError(
      `${where}: one optimizer must update all variables of the model, got "${nodes[0].node.name}" and "${odd.node.name}" with other settings. ` +
        "Name the node that trains with { trainOp }.",
    );
  }
  const optimizer = make(nodes[0], first);
  const step = stepOf(nodes[0], first, globalStep === undefined ? undefined : values.get(globalStep));
  const state = nodes.map(({ variable, inputs, kind }) => {
    const own = Object.entries(slotNames).flatMap(([key, slot]) => {
      // Without momentum the buffer is the last step, and nothing reads it.
      const input = kind.endsWith("RMSProp") && key === "momentumSlot" && !first.momentum ? undefined : inputs[key];
      const name = input && variableOfInput(input, index);
      const value = name === undefined ? undefined : values.get(name);
      return value ? [[slot, value] as const] : [];
    });
    return [nameHere(variable)!, { updates: Math.max(step, 1), slots: Object.fromEntries(own) }] as const;
  });
  optimizer.restoreState({ step, variables: Object.fromEntries(state) }, model.variables);
  return optimizer;
};

/** The numbers of an update, by what they are. */
type Numbers = Readonly<Record<string, number>> & { readonly rate: number | Schedule };

const numbersOf = (
  { inputs, node }: ApplyNode,
  index: MetaIndex,
  values: ReadonlyMap<string, Tensor>,
  learningRate: number | Schedule | undefined,
  where: string,
): Numbers => {
  const numbers: Record<string, number> = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (Object.hasOwn(slotNames, name) || name === "gradient") continue;
    const number = numberOfInput(input, index, values, where);
    if (number !== undefined) numbers[name] = shortest(number);
    else if (name !== "learningRate" || learningRate === undefined) {
      const advice =
        name === "learningRate"
          ? "Pass { learningRate }, a number or a schedule."
          : "Make an optimizer of this library.";
      throw new DataError(
        `${where}: the ${name} of "${node.name}" must be a constant or a variable, got "${input.name}" (${input.op}). ${advice}`,
      );
    }
  }
  return { ...numbers, rate: learningRate ?? numbers.learningRate } as unknown as Numbers;
};

/** What must be the same for all variables. */
const settings = ({ kind, isNesterov }: ApplyNode, numbers: Numbers): unknown => [
  kind,
  isNesterov,
  Object.entries(numbers).filter(([name]) => name !== "rate"),
];

/** The number with the fewest digits that is the same float32: 0.9, which the file has as 0.8999999761581421. */
const shortest = (value: number): number => {
  for (let digits = 1; digits < 10; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
};

const make = ({ kind, isNesterov }: ApplyNode, numbers: Numbers): Optimizer => {
  const { rate: learningRate, momentum, decay, epsilon, beta1, beta2 } = numbers;
  if (kind === "GradientDescent") return new SGD({ learningRate });
  if (kind === "Momentum")
    return isNesterov ? new Nesterov({ learningRate, momentum }) : new Momentum({ learningRate, momentum });
  if (kind === "Adam") return new Adam({ learningRate, beta1, beta2, epsilon });
  if (kind === "Adagrad") return new AdaGrad({ learningRate });
  return new RMSProp({ learningRate, decay, momentum, epsilon, ...(kind === "CenteredRMSProp" && { centered: true }) });
};

/** After this many steps of Adam its corrections are 1. */
const manySteps = 2 ** 20;

/** How many steps were done. */
const stepOf = ({ kind }: ApplyNode, numbers: Numbers, globalStep: Tensor | undefined): number => {
  if (kind !== "Adam") return Math.max(0, Math.round(globalStep?.data[0] ?? 0));
  const { beta1, beta2, beta1Power, beta2Power } = numbers;
  // βᵗ⁺¹ after t steps. The power of β₁ is the more exact one, until it is too small for a float.
  const count = (power: number, beta: number): number => Math.round(Math.log(power) / Math.log(beta)) - 1;
  if (beta1Power > 1e-30 && beta1 > 0 && beta1 < 1) return Math.max(0, count(beta1Power, beta1));
  if (beta2Power > 1e-30 && beta2 > 0 && beta2 < 1) return Math.max(0, count(beta2Power, beta2));
  return manySteps;
};
