import { readFileSync } from "node:fs";
import * as gradus from "gradus";
import { data, labels, matrix, vector } from "../wrongValues/values.ts";
import { pathOf } from "./arguments.ts";
import { observe } from "./observe.ts";

type Callable = (...args: unknown[]) => unknown;
type Use = (result: never) => unknown;

const each = (names: readonly string[], use: Use): Readonly<Record<string, Use>> =>
  Object.fromEntries(names.map((name) => [name, use]));

const calledWith =
  (...args: (() => unknown)[]): ((f: Callable) => unknown) =>
  (f) => [observe(f), observe(f(...args.map((make) => make())))];

const scheduled = (schedule: Callable): unknown => [
  observe(schedule),
  ...[0, 1, 3, 7, 30].map((step) => schedule(step)),
];

const clipped = (clip: Callable): unknown => {
  const variable = new gradus.Variable(matrix(), { name: "w" });
  return [observe(clip), observe(clip([{ variable, gradient: matrix() }]))];
};

const trained = async (callback: gradus.Callback, file?: string): Promise<unknown> => {
  const layers = [new gradus.Dense({ units: 2, seed: 1 })];
  const model = new gradus.Sequential({ inputShape: [2], layers });
  const { schedule } = callback as { schedule?: gradus.Schedule };
  const optimizer = new gradus.SGD({
    learningRate: schedule ?? (typeof callback === "function" ? (callback as never) : 0.1),
  });
  const history = await gradus.fit(model, data(), { optimizer, epochs: 3, callbacks: [callback] });
  return [
    observe(history),
    observe(model.variables),
    observe(callback.state?.()),
    optimizer.learningRate,
    callback.name,
    file === undefined
      ? undefined
      : readFileSync(file, "utf8").replaceAll(/(seconds"?:? ?)?[\d.]+( ms| s|e-\d+)?/g, ""),
  ];
};

/** The bytes of a file that a function wrote. */
const written =
  (name: string, suffix = "") =>
  (): unknown =>
    observe(new Uint8Array(readFileSync(`${pathOf(name)}${suffix}`)));

/** How to use what an export returns, where looking at it tells too little. */
export const uses: Readonly<Record<string, Use>> = {
  ...each(
    ["exponentialDecay", "inverseTimeDecay", "polynomialDecay", "cosineDecay", "cosineDecayRestarts", "oneCycle"],
    scheduled,
  ),
  ...each(["piecewiseConstant", "linearWarmUp"], scheduled),
  ...each(
    ["constant", "uniform", "normal", "truncatedNormal", "varianceScaling"],
    calledWith(
      () => [2, 2],
      () => new gradus.Random(1),
    ),
  ),
  ...each(["l1", "l2", "l1l2", "maxNorm", "unitNorm", "nonNegative"], calledWith(matrix)),
  ...each(["clipByValue", "clipByNorm", "clipByGlobalNorm"], clipped),
  ...each(
    ["metric", "precision", "recall", "f1Score", "topKAccuracy", "weighted"],
    calledWith(matrix, labels, () => ({})),
  ),
  ...each(["compile", "grad", "valueAndGrad", "customGradient"], calledWith(vector)),
  binaryAccuracy: calledWith(vector, () => gradus.tensor([0, 1])),
  registerFunction: calledWith(vector),
  registerLayer: () => undefined,
  ...each(
    ["earlyStopping", "reduceOnPlateau", "learningRateByEpoch", "checkpoints", "progressBar", "progressElement"],
    trained,
  ),
  inspector: (callback: never) => trained(callback, pathOf("inspector")),
  csvLog: (callback: never) => trained(callback, pathOf("csvLog")),
  jsonLog: (callback: never) => trained(callback, pathOf("jsonLog")),
  saveModel: written("saveModel"),
  saveCheckpoint: written("saveCheckpoint"),
  saveVariables: written("saveVariables", ".npz"),
  writeIdx: written("writeIdx"),
  saveReport: written("saveReport"),
  saveOnnx: written("saveOnnx"),
  ...each(["loadOnnx", "loadMetaGraph", "loadKeras"], (model: gradus.Layer) => [
    observe(model.call(gradus.ones([2, 3]))),
    observe(model.variables.map((variable) => variable.read())),
  ]),
  loadMetaOptimizer: (optimizer: gradus.Optimizer) => optimizer.config(),
  savePyTorch: written("savePyTorch", "/weights.npz"),
};
