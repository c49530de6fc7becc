import { expect, test } from "vitest";
import * as gradus from "../../src/index.ts";
import { Layer } from "../../src/layers/base/layer.ts";
import { exportsOf } from "../moduleExports.ts";
import { allSamples } from "../samples/support/all.ts";
import { compositions } from "./compositions.ts";

const namesOf = (group: string): string[] =>
  compositions.filter((composition) => composition.group === group).map(({ name }) => name);

test("the compositions have a line for every public layer", () => {
  const layers = Object.entries(gradus)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Layer)
    .map(([name]) => name);
  expect(layers.length).toBeGreaterThan(5);
  // `BatchNorm, several axes` is a line of BatchNorm.
  const lines = new Set(namesOf("layers").map((name) => name.split(",")[0]));
  expect([...lines].sort()).toEqual(layers.sort());
});

/** Operations without float results or without float inputs, and those that are constants for gradients by definition. */
const withoutDerivative = new Set([
  ...["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "argMax", "inTopK", "oneHot", "toFloat"],
  ...["isFinite", "isNaN", "any", "all", "argSort"],
  ...[
    "stopGradient",
    "randomBernoulli",
    "randomCategorical",
    "randomNormal",
    "randomPermutation",
    "randomTruncatedNormal",
    "randomUniform",
  ],
]);

test("the compositions have a line for every public operation and loss", async () => {
  const values = (await exportsOf(new URL("../../src/ops/", import.meta.url))).map(
    ([, name, value]) => [name, value] as const,
  );
  const ops = new Map(values);
  const operations = Object.entries(gradus)
    .filter(([name, value]) => typeof value === "function" && ops.get(name) === value && !withoutDerivative.has(name))
    .map(([name]) => name);
  expect(operations.length).toBeGreaterThan(40);
  // `softmax, axis 0` is a line of softmax.
  const lines = new Set([
    ...allSamples.map(({ primitive }) => primitive.name),
    ...compositions.map(({ name }) => name),
  ]);
  const known = new Set([...lines].map((line) => line.split(",")[0]));
  expect(operations.filter((name) => !known.has(name))).toEqual([]);
});
