import { beforeAll, describe, expect, test } from "vitest";
import { anything, checkOptions } from "../../src/base/options.ts";
import { noOptions } from "../../src/base/showValue.ts";
import {
  argMax,
  batchNormInference,
  batchNormTraining,
  clip,
  clipByGlobalNorm,
  clipByNorm,
  clipNorm,
  concat,
  Dense,
  dataset,
  decodeSafetensors,
  dropout,
  elu,
  encodeSafetensors,
  fill,
  gather,
  gelu,
  gradientCheck,
  huber,
  leakyRelu,
  loadDigits,
  loadMnist,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  mean,
  meanSquaredError,
  min,
  oneHot,
  ones,
  progressBar,
  Random,
  randomBernoulli,
  randomNormal,
  randomPermutation,
  randomTruncatedNormal,
  randomUniform,
  readIdx,
  restore,
  setBackend,
  sigmoidCrossEntropy,
  softmax,
  softmaxCrossEntropy,
  split,
  stack,
  sum,
  take,
  tensor,
  toFloat,
  Variable,
  variance,
  writeIdx,
  zeros,
} from "../../src/index.ts";

beforeAll(() => setBackend("reference"));

const x = tensor([[1, 2]]);
const vector = tensor([1, 2]);
const labels = tensor([0], { dtype: "int32" });
const examples = dataset({ x, y: labels });
/** As from JavaScript, where no compiler checks the names. */
const wrong = (option: string): never => ({ [option]: 1 }) as never;

/** A function, the misspelled option that it is called with, and its options. */
const calls: readonly (readonly [name: string, call: (options: never) => unknown, wrong: string, known: string])[] = [
  ["tensor", (o) => tensor([1], o), "type", "shape, dtype, scale"],
  ["zeros", (o) => zeros([1], o), "type", "dtype"],
  ["ones", (o) => ones([1], o), "type", "dtype"],
  ["fill", (o) => fill([1], 2, o), "type", "dtype"],
  ["sum", (o) => sum(x, o), "dim", "axis, keepDims"],
  ["mean", (o) => mean(x, o), "keepdims", "axis, keepDims"],
  ["max", (o) => max(x, o), "dim", "axis, keepDims"],
  ["min", (o) => min(x, o), "dim", "axis, keepDims"],
  ["variance", (o) => variance(x, o), "keepdims", "axis, keepDims, correction"],
  ["logSumExp", (o) => logSumExp(x, o), "dim", "axis, keepDims"],
  ["matmul", (o) => matmul(x, x, o), "transposeb", "transposeA, transposeB"],
  ["softmax", (o) => softmax(x, o), "dim", "axis"],
  ["logSoftmax", (o) => logSoftmax(x, o), "dim", "axis"],
  ["argMax", (o) => argMax(x, o), "dim", "axis"],
  ["gather", (o) => gather(x, labels, o), "dim", "axis"],
  ["concat", (o) => concat([x], o), "dim", "axis"],
  ["stack", (o) => stack([x], o), "dim", "axis"],
  ["softmaxCrossEntropy", (o) => softmaxCrossEntropy(x, labels, o), "reduce", "labelSmoothing, ignoreLabel, reduction"],
  ["sigmoidCrossEntropy", (o) => sigmoidCrossEntropy(x, x, o), "reduce", "positiveWeight, reduction"],
  ["meanSquaredError", (o) => meanSquaredError(x, x, o), "reduce", "reduction"],
  ["huber", (o) => huber(x, x, o), "beta", "delta, reduction"],
  ["leakyRelu", (o) => leakyRelu(x, o), "alpha", "slope"],
  ["elu", (o) => elu(x, o), "slope", "alpha"],
  ["gelu", (o) => gelu(x, o), "tanh", "approximate"],
  ["clip", (o) => clip(x, o), "low", "min, max"],
  ["clipNorm", (o) => clipNorm(x, 1, o), "dim", "axis"],
  ["dropout", (o) => dropout(x, o), "keepProb", "rate, random, seed"],
  ["randomUniform", (o) => randomUniform([1], o), "low", "min, max, random, seed"],
  ["randomNormal", (o) => randomNormal([1], o), "sigma", "mean, stddev, deviation, random, seed"],
  ["randomTruncatedNormal", (o) => randomTruncatedNormal([1], o), "sigma", "mean, stddev, deviation, random, seed"],
  ["randomBernoulli", (o) => randomBernoulli([1], o), "p", "probability, value, random, seed"],
  ["randomPermutation", (o) => randomPermutation(1, o), "sead", "random, seed"],
  ["batchNormTraining", (o) => batchNormTraining(x, undefined, undefined, o), "eps", "axis, epsilon"],
  [
    "batchNormInference",
    (o) => batchNormInference(x, vector, vector, undefined, undefined, o),
    "momentum",
    "axis, epsilon",
  ],
  ["toFloat", (o) => toFloat(labels, o), "type", "dtype"],
  ["oneHot", (o) => oneHot(labels, 2, o), "depth", "dtype"],
  ["clipByNorm", (o) => clipByNorm(1, o), "dim", "axis"],
  ["clipByGlobalNorm", (o) => clipByGlobalNorm(1, o), "axis", "variant"],
  [
    "gradientCheck",
    (o) => gradientCheck(sum, [x], o),
    "eps",
    "variables, step, tolerance, directional, everyInput, seed",
  ],
  ["Variable", (o) => new Variable(x, o), "trainible", "name, trainable, regularizer, constraint"],
  ["dataset", (o) => dataset(o), "labels", "x, y, weights, name"],
  ["take", (o) => take(examples, o), "count", "from, to, rows"],
  ["split", (o) => split(examples, o), "train", "parts, shuffle, stratified, seed"],
  ["loadDigits", (o) => loadDigits(o), "tset", "validation, test, seed, flatten"],
  [
    "loadMnist",
    (o) => loadMnist(o),
    "path",
    "validation, flatten, folder, cache, log, mirrors, offlineTimeoutMs, firstByteTimeoutMs, stallTimeoutMs, timeoutMs, " +
      "attempts, backoffMs",
  ],
  ["readIdx", (o) => readIdx("none.idx", o), "max", "maxBytes"],
  ["writeIdx", (o) => writeIdx({ shape: [0], type: "uint8", data: new Uint8Array() }, "none.idx", o), "zip", "gzip"],
  ["encodeSafetensors", (o) => encodeSafetensors(new Map(), o), "meta", "metadata"],
  ["decodeSafetensors", (o) => decodeSafetensors(encodeSafetensors(new Map()), o), "name", "where, match"],
  ["restore", (o) => restore(new Dense({ units: 1 }), "none", o), "strickt", "match, rename, strict"],
  ["progressBar", (o) => progressBar(o), "stream", "output, live"],
];

/** The advice for names that other libraries use. */
const otherNames: Readonly<Record<string, string>> = { dim: "axis", eps: "epsilon" };

/** Runs a function that may or may not return a promise. */
const run = async (body: () => unknown): Promise<unknown> => body();

describe("a misspelled option throws", () => {
  for (const [name, call, option, known] of calls) {
    test(`${name} throws for a misspelled option`, async () => {
      const error: unknown = await run(() => call(wrong(option))).catch((thrown: unknown) => thrown);
      expect(String(error)).toBe(
        `ValueError: ${name}: every option must be one that exists, got "${option}". The options are ${known}.${known.includes(otherNames[option]) ? ` Write ${otherNames[option]}.` : ""}`,
      );
    });
  }
});

describe("checkOptions", () => {
  test("checkOptions shows a value that is not an object", () => {
    const call = (options: unknown): (() => void) => {
      return () =>
        checkOptions("sum", options as { axis?: number; keepDims?: boolean }, { axis: anything, keepDims: anything });
    };
    const cases: readonly (readonly [options: unknown, shown: string])[] = [
      [1, "1"],
      ["axis", '"axis"'],
      [null, "null"],
      [undefined, "undefined"],
      [[0, 1], "[0, 1]"],
      [[], "[]"],
      [sum, "a function"],
    ];
    for (const [options, shown] of cases) {
      expect(call(options)).toThrow(`sum: options are one object, got ${shown}. Pass { axis: ... }.`);
    }
  });

  test("checkOptions accepts no options, and known options that are undefined", () => {
    checkOptions<{ axis?: number }>("sum", noOptions, { axis: anything });
    checkOptions<{ axis?: number }>("sum", {}, { axis: anything });
    checkOptions<{ axis?: number }>("sum", { axis: undefined }, { axis: anything });
  });

  test("checkOptions lets initializers hand a Random to zeros, ones and the like", () => {
    const random = new Random(1);
    expect([zeros, ones].map((create) => create([1], random as object).item())).toEqual([0, 1]);
  });
});
