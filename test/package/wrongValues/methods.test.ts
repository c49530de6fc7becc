import * as gradus from "gradus";
import { Graph } from "gradus/graph";
import * as table from "gradus/table";
import { expect, test } from "vitest";
import { type Call, faultsOf } from "./faults.ts";
import { gradients, membersOf, rightArguments, variable } from "./members.ts";
import {
  history,
  inputFor,
  joins,
  kinds,
  labels,
  matrix,
  model,
  optimizer,
  optimizers,
  right,
  rows,
  vector,
} from "./values.ts";

type Callable = (...args: unknown[]) => unknown;

const layerOf = (name: string): gradus.Layer => {
  const layer = Reflect.construct((gradus as unknown as Record<string, Callable>)[name], right[name]()) as gradus.Layer;
  if (layer instanceof gradus.Standardize) layer.adapt(matrix());
  if (!layer.built) layer.call(inputFor(name));
  return layer;
};

/** An object of each exported class. */
const receivers: Readonly<Record<string, () => object>> = {
  Tensor: matrix,
  Variable: variable,
  Random: () => new gradus.Random(1),
  History: history,
  Table: rows,
  Sequential: model,
  Graph: () => {
    const graph = Reflect.construct(Graph, right.Graph()) as Graph;
    graph.call(matrix());
    return graph;
  },
  ...Object.fromEntries(
    [
      "Activation",
      "BatchNorm",
      "Dense",
      "Dropout",
      "Embedding",
      "LayerNorm",
      "Model",
      "OneHot",
      "PReLU",
      ...["RandomFlip", "RandomRotation", "RandomShift", "RandomZoom"],
      "RReLU",
      "Standardize",
      "TableEncoder",
      ...joins,
      ...[
        "Conv1D",
        "Conv2D",
        "Conv2DTranspose",
        "DepthwiseConv2D",
        "SeparableConv2D",
        "Flatten",
        "Reshape",
        "ZeroPadding2D",
      ],
      ...["AveragePooling", "MaxPooling", "GlobalAveragePooling", "GlobalMaxPooling"].flatMap((name) => [
        `${name}1D`,
        `${name}2D`,
      ]),
    ].map((name) => [name, () => layerOf(name)]),
  ),
  ...Object.fromEntries(
    optimizers.map((name) => [
      name,
      () => Reflect.construct((gradus as unknown as Record<string, Callable>)[name], right[name]()) as object,
    ]),
  ),
};

const callsOn = (receiver: () => object, name: string, isSetter: boolean): readonly Call[] => {
  if (isSetter) {
    return Object.entries(kinds).map(
      ([kind, wrong]): Call => ({
        label: `${kind} as ${name}`,
        run: () => {
          const object = receiver();
          Reflect.set(object, name, wrong());
          return Reflect.get(object, name);
        },
      }),
    );
  }
  const baseline =
    (Object.hasOwn(rightArguments, name) ? rightArguments[name] : undefined) ??
    ((): unknown[] => [undefined, undefined]);
  return baseline().flatMap((_, place) =>
    Object.entries(kinds).map(
      ([kind, wrong]): Call => ({
        label: `${name}: ${kind} in place ${place}`,
        run: () => {
          const object = receiver() as Record<string, Callable>;
          const result = object[name](...baseline().with(place, wrong()));
          // What iterates has computed nothing yet.
          const isLazy = typeof result === "object" && result !== null && Symbol.iterator in result;
          return isLazy && !Array.isArray(result) ? [...(result as Iterable<unknown>)] : result;
        },
      }),
    ),
  );
};

test.each(Object.entries(receivers))(
  "the methods of %s give a result or a GradusError for every kind of value",
  async (_, receiver) => {
    const members = membersOf(receiver());
    expect(members.length).toBeGreaterThan(0);
    const calls = members.flatMap(([name, isSetter]) => callsOn(receiver, name, isSetter));
    expect(await faultsOf(calls)).toEqual([]);
  },
);

test("History.fromJSON gives a result or a GradusError for every kind of value", async () => {
  const calls = Object.entries(kinds).map(
    ([label, wrong]): Call => ({ label, run: () => gradus.History.fromJSON(wrong()) }),
  );
  expect(await faultsOf(calls)).toEqual([]);
});

/** Functions that other functions make, each with right arguments. */
const made: Readonly<Record<string, () => readonly [Callable, () => unknown[]]>> = {
  ...Object.fromEntries(
    ["l1", "l2", "l1l2", "maxNorm"].map((name) => [name, () => [makeOf(name), () => [matrix()]] as const]),
  ),
  nonNegative: () => [gradus.nonNegative as Callable, () => [matrix()]],
  unitNorm: () => [gradus.unitNorm() as Callable, () => [matrix()]],
  ...Object.fromEntries(
    ["clipByValue", "clipByNorm", "clipByGlobalNorm"].map((name) => [
      name,
      () => [makeOf(name), () => [gradients()]] as const,
    ]),
  ),
  ...Object.fromEntries(
    ["constant", "uniform", "normal", "truncatedNormal", "varianceScaling"].map((name) => [
      name,
      () => [makeOf(name), () => [[2, 2], new gradus.Random(1)]] as const,
    ]),
  ),
  ...Object.fromEntries(
    [
      ...["exponentialDecay", "inverseTimeDecay", "polynomialDecay", "cosineDecay", "cosineDecayRestarts"],
      ...["piecewiseConstant", "reduceOnPlateau"],
    ].map((name) => [name, () => [makeOf(name), () => [1]] as const]),
  ),
  ...Object.fromEntries(
    ["precision", "recall", "f1Score", "topKAccuracy"].map((name) => [
      name,
      () => [makeOf(name), () => [matrix(), labels(), {}]] as const,
    ]),
  ),
  grad: () => [gradus.grad((x: gradus.Tensor) => gradus.sum(x)) as Callable, () => [vector()]],
  valueAndGrad: () => [gradus.valueAndGrad((x: gradus.Tensor) => gradus.sum(x)) as Callable, () => [vector()]],
  customGradient: () => [makeOf("customGradient"), () => [vector()]],
  oneCycle: () => [gradus.oneCycle({ max: 0.1, totalSteps: 10 }) as Callable, () => [1]],
  linearWarmUp: () => [gradus.linearWarmUp({ schedule: 0.1, steps: 10 }) as Callable, () => [1]],
};

const makeOf = (name: string): Callable => {
  const make = (gradus as unknown as Record<string, Callable>)[name];
  return make(...(right[name]?.() ?? (name === "constant" ? [1] : []))) as Callable;
};

test.each(Object.entries(made))(
  "the function that %s makes gives a result or a GradusError for every kind of value",
  async (_, make) => {
    const [f, args] = make();
    await f(...args());
    const calls = args().flatMap((__, place) =>
      Object.entries(kinds).map(
        ([kind, wrong]): Call => ({ label: `${kind} in place ${place}`, run: () => f(...args().with(place, wrong())) }),
      ),
    );
    expect(await faultsOf(calls)).toEqual([]);
  },
);

test("every exported class has an object here, or is for classes to extend", () => {
  const classes = Object.entries({ ...gradus, ...table, Graph })
    .filter(([, value]) => typeof value === "function" && /^class[ {]/.test(Function.prototype.toString.call(value)))
    .map(([name]) => name)
    .filter((name) => !name.endsWith("Error"));
  expect(classes.filter((name) => receivers[name] === undefined).sort()).toEqual(["Layer", "Optimizer"]);
  expect(optimizer()).toBeInstanceOf(gradus.Optimizer);
});
