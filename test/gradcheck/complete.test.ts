import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import * as gradus from "../../src/index.ts";
import { Layer } from "../../src/layers/base/layer.ts";
import { allSamples } from "../samples/support/all.ts";
import { compositions } from "./compositions.ts";

const namesOf = (group: string): string[] => compositions.filter((one) => one.group === group).map(({ name }) => name);

/** The names that the modules of a folder of src export. */
const exportsOf = async (folder: string): Promise<Map<string, unknown>> => {
  const base = new URL(`../../src/${folder}/`, import.meta.url);
  const files = readdirSync(base).filter((file) => file.endsWith(".ts"));
  const modules = await Promise.all(files.map((file) => import(new URL(file, base).href)));
  return new Map(modules.flatMap((module) => Object.entries(module as Record<string, unknown>)));
};

test("every public layer has a line", () => {
  const layers = Object.entries(gradus)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Layer)
    .map(([name]) => name);
  expect(layers.length).toBeGreaterThan(5);
  // `BatchNorm, several axes` is a line of BatchNorm.
  const lines = new Set(namesOf("layers").map((name) => name.split(",")[0]));
  expect([...lines].sort()).toEqual(layers.sort());
});

/** Operations whose results are no floats, whose inputs are none, or that are constants to gradients by definition. */
const withoutDerivative = new Set([
  ...["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "argMax", "inTopK", "oneHot", "toFloat"],
  ...["stopGradient", "randomBernoulli", "randomNormal", "randomPermutation", "randomTruncatedNormal", "randomUniform"],
]);

test("every public operation and loss has a line", async () => {
  const ops = await exportsOf("ops");
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
