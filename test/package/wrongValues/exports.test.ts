import { tmpdir } from "node:os";
import { join } from "node:path";
import * as gradus from "gradus";
import * as report from "gradus/report";
import * as table from "gradus/table";
import { expect, test } from "vitest";

const { GradusError, ones, tensor } = gradus;

/** One value of every kind, fresh for each call. */
const kinds: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  zero: () => 0,
  "a whole number": () => 4,
  "a fraction": () => -0.5,
  NaN: () => Number.NaN,
  "a bigint": () => 3n,
  "a flag": () => true,
  "a symbol": () => Symbol("s"),
  // A path that does not exist, in a folder that does not exist.
  text: () => join(tmpdir(), "gradus-absent", "file"),
  "an empty text": () => "",
  "an empty array": () => [],
  "an array": () => [1, 2],
  "an array of text": () => ["a", "b"],
  "an array of nothing": () => [undefined, null],
  "a typed array": () => new Float32Array([1, 2]),
  "a buffer": () => new ArrayBuffer(8),
  "an empty object": () => ({}),
  "an object without a prototype": () => Object.create(null),
  "a misspelt option": () => ({ optoin: 1 }),
  "a date": () => new Date(0),
  "a map": () => new Map([["a", 1]]),
  "a function": () => () => undefined,
  "a promise": () => Promise.resolve(1),
  "a float32 vector": () => tensor([1, 2]),
  "a float32 scalar": () => tensor(1),
  "a float32 matrix": () => ones([2, 2]),
  "a tensor of rank 3": () => ones([2, 2, 2]),
  "an empty tensor": () => ones([0, 2]),
  "a float64 matrix": () => ones([2, 2], { dtype: "float64" }),
  "an int32 vector": () => tensor([0, 1], { dtype: "int32" }),
  "a bool vector": () => tensor([0, 1], { dtype: "bool" }),
  "a uint8 matrix": () => ones([2, 2], { dtype: "uint8" }),
};

const matrix = (): gradus.Tensor => tensor([0.25, 1, 2, 3], { shape: [2, 2] });
const vector = (): gradus.Tensor => tensor([1, 2]);
const labels = (): gradus.Tensor => tensor([0, 1], { dtype: "int32" });
const model = (): gradus.Sequential =>
  new gradus.Sequential({ inputShape: [2], layers: [new gradus.Dense({ units: 2 })] });
const data = (): unknown => gradus.dataset({ x: matrix(), y: labels() });
const add = (a: gradus.Tensor, b: gradus.Tensor): gradus.Tensor => gradus.add(a, b);

/** Right arguments: each is replaced in turn. The exports that are not here are called with one to three wrong values. */
const right: Readonly<Record<string, () => unknown[]>> = {
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "maximum", "minimum", "pow", "matmul"].map((name) => [
      name,
      () => [matrix(), matrix()],
    ]),
  ),
  ...Object.fromEntries(
    ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"].map((name) => [
      name,
      () => [matrix(), matrix()],
    ]),
  ),
  ...Object.fromEntries(
    ["meanSquaredError", "meanAbsoluteError", "huber", "sigmoidCrossEntropy"].map((name) => [
      name,
      () => [matrix(), matrix(), {}],
    ]),
  ),
  where: () => [gradus.greater(matrix(), 1), matrix(), matrix()],
  affine: () => [matrix(), matrix(), vector()],
  batchNormInference: () => [matrix(), vector(), vector(), vector(), vector(), {}],
  batchNormTraining: () => [matrix(), vector(), vector(), {}],
  broadcastTo: () => [vector(), [2, 2]],
  clip: () => [matrix(), { min: 0, max: 1 }],
  clipNorm: () => [matrix(), 1, {}],
  dropout: () => [matrix(), { rate: 0.5 }],
  fill: () => [[2], 1, {}],
  gather: () => [matrix(), labels(), {}],
  inTopK: () => [matrix(), labels(), 1],
  oneHot: () => [labels(), 2, {}],
  randomCategorical: () => [matrix(), {}],
  range: () => [0, 4, 2],
  reshape: () => [matrix(), [4]],
  slice: () => [matrix(), [0, 0], [1, 1], [1, 1]],
  softmaxCrossEntropy: () => [matrix(), labels(), {}],
  variance: () => [matrix(), {}],
  transpose: () => [matrix(), [1, 0]],
  accuracy: () => [matrix(), labels()],
  binaryAccuracy: () => [{}],
  confusionMatrix: () => [matrix(), labels(), {}],
  rSquared: () => [matrix(), matrix()],
  dataset: () => [{ x: matrix() }],
  take: () => [data(), { rows: labels() }],
  split: () => [data(), { parts: { a: 1, b: 1 } }],
  kFold: () => [data(), { folds: 2 }],
  minibatches: () => [data(), { batchSize: 1 }],
  evaluate: () => [model(), data(), { loss: gradus.softmaxCrossEntropy }],
  cacheActivations: () => [model(), data(), {}],
  gradientCheck: () => [(x: gradus.Tensor) => gradus.sum(x), [vector()], {}],
  customGradient: () => [{ name: "f", f: (x: gradus.Tensor) => x, gradient: (dy: gradus.Tensor) => dy }],
  saveModel: () => [model(), join(tmpdir(), "gradus-absent", "file")],
  saveVariables: () => [new Map([["a", vector()]]), join(tmpdir(), "gradus-absent", "file.npz")],
  restore: () => [model(), new Map([["a", vector()]]), {}],
  clipByValue: () => [-1, 1],
  registerLayer: () => ["Own", gradus.Dense],
  registerFunction: () => ["own", add],
  predictRows: () => [model(), [{ a: 1 }], {}],
};

/** The exports that are not called, and why. */
const skipped: Readonly<Record<string, string>> = {
  loadMnist: "downloads",
  fit: "test/train/fit tries its arguments; with right ones it trains",
  Tensor: "its constructor is internal",
  setThreads: "starts workers",
  ...Object.fromEntries(
    Object.keys(gradus)
      .filter((name) => name.endsWith("Error"))
      .map((name) => [name, "takes text for its message"]),
  ),
};

/** Exports that still fail with an error of the engine for some value: shorten this list. */
const open: readonly string[] = [
  "gradientCheck",
  "Variable",
  "split",
  "take",
  "decodeIdx",
  "encodeIdx",
  "readIdx",
  "writeIdx",
  "kFold",
  "minibatches",
  "encodeNpz",
  "decodeSafetensors",
  "encodeSafetensors",
  "encodeModel",
  "saveModel",
  "loadVariables",
  "restore",
  "saveVariables",
  "Activation",
  "glorotNormal",
  "glorotUniform",
  "heNormal",
  "heUniform",
  "lecunNormal",
  "lecunUniform",
  "Layer",
  "clipByValue",
  "Optimizer",
  "setBackend",
  "Random",
  "cacheActivations",
  "encodeCheckpoint",
  "saveCheckpoint",
  "History",
  "confusionMatrix",
  "rSquared",
  "encodeRows",
  "tableEncoder",
  "predictRows",
  "tableDataset",
  "Table",
  "sparkline",
];

/** The arguments with each kind of value in each place. */
const callsOf = (name: string): (readonly [label: string, args: () => unknown[]])[] => {
  const baseline = right[name] ?? ((): unknown[] => [undefined, undefined, undefined]);
  return baseline().flatMap((_, place) =>
    Object.entries(kinds).map(
      ([kind, value]) => [`${kind} in place ${place}`, () => baseline().with(place, value())] as const,
    ),
  );
};

const call = (value: (...args: unknown[]) => unknown, args: unknown[]): unknown =>
  /^class /.test(Function.prototype.toString.call(value)) ? Reflect.construct(value, args) : value(...args);

/** What is wrong with the outcome of a call, if anything. */
const faultOf = async (value: (...args: unknown[]) => unknown, args: unknown[]): Promise<string | undefined> => {
  const limit = new Promise((resolve) => setTimeout(resolve, 5000, "hang"));
  try {
    const result = call(value, args);
    if (result instanceof Promise && (await Promise.race([result, limit])) === "hang") return "hangs";
    return undefined;
  } catch (error) {
    if (error instanceof GradusError)
      return /undefined is not|is not a function$/.test(error.message) ? error.message : undefined;
    return String(error);
  }
};

const functions = Object.entries({ ...gradus, ...table, ...report }).filter(
  ([name, value]) => typeof value === "function" && skipped[name] === undefined && !open.includes(name),
) as [string, (...args: unknown[]) => unknown][];

test("the exports that are not tried exist", () => {
  const names = Object.keys({ ...gradus, ...table, ...report });
  expect([...open, ...Object.keys(skipped)].filter((name) => !names.includes(name))).toEqual([]);
  expect(functions.length).toBeGreaterThan(100);
});

test.each(functions)(
  "%s gives a result or a GradusError for every kind of value in every place",
  async (name, value) => {
    const faults: string[] = [];
    for (const [label, args] of callsOf(name)) {
      const fault = await faultOf(value, args());
      if (fault !== undefined) faults.push(`${label}: ${fault}`);
    }
    expect(faults).toEqual([]);
  },
);
