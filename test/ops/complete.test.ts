import { expect, test } from "vitest";
import * as gradus from "../../src/index.ts";
import type { Primitive } from "../../src/tensor/interpret/primitive.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { isDifferentiable } from "../gradcheck/derivatives.ts";
import { apply, drawInputs } from "../gradcheck/draw.ts";
import { exportsOf } from "../moduleExports.ts";
import { allSamples } from "../samples/support/all.ts";
import type { Samples } from "../samples/support/sample.ts";

const isPrimitive = (value: unknown): value is Primitive<unknown> =>
  typeof value === "object" && value !== null && "infer" in value && "name" in value;

/** The primitives of src/ops and src/optim, and the file of each. */
const primitives = new Map(
  (await Promise.all(["ops", "optim"].map((folder) => exportsOf(new URL(`../../src/${folder}/`, import.meta.url)))))
    .flat()
    .flatMap(([file, , value]) => (isPrimitive(value) ? [[value, file] as const] : [])),
);

/** Where to put the samples of a primitive that has none. */
const missingSamples = (sampled: readonly Primitive<unknown>[]): string[] =>
  [...primitives]
    .filter(([primitive]) => !sampled.includes(primitive))
    .map(([{ name }, file]) => `export ${name}Samples from test/samples/${file}`);

test("every primitive has samples", () => {
  const sampled = allSamples.map(({ primitive }) => primitive);
  expect(primitives.size).toBeGreaterThan(60);
  expect(missingSamples(sampled)).toEqual([]);
  expect(new Set(sampled).size, "a primitive has samples twice").toBe(sampled.length);
  expect(sampled.length, "samples of something that neither src/ops nor src/optim exports").toBe(primitives.size);
});

test("a primitive without samples is named, with the file that its samples belong in", () => {
  const sampled = allSamples.map(({ primitive }) => primitive).filter(({ name }) => name !== "concat");
  expect(missingSamples(sampled)).toEqual(["export concatSamples from test/samples/concat.ts"]);
});

test("samples have the name of their primitive, in a file with the name of its source file", async () => {
  const samples = (await exportsOf(new URL("../samples/", import.meta.url))).filter(([, , value]) =>
    allSamples.includes(value as Samples<unknown>),
  );
  const actual = samples.map(([file, name]) => `${file} ${name}`);
  const expected = samples.map(([, , value]) => {
    const { primitive } = value as Samples<unknown>;
    return `${primitives.get(primitive)} ${primitive.name}Samples`;
  });
  expect(actual).toEqual(expected);
  expect(actual.length).toBe(allSamples.length);
});

/** Functions of a primitive that only the library calls. */
const internal = ["identity", "firstNonFinite", "toInt32"];

/** The functions with the name of a primitive that a surface does not export. */
const missingExports = (functions: readonly (readonly [name: string, value: unknown])[], surface: object): string[] =>
  functions.filter(([name, value]) => (surface as Record<string, unknown>)[name] !== value).map(([name]) => name);

test("the function of every primitive is exported from src/index.ts", async () => {
  const names = new Set([...primitives.keys()].map(({ name }) => name));
  const functions = (await exportsOf(new URL("../../src/ops/", import.meta.url)))
    .filter(([, name, value]) => typeof value === "function" && names.has(name) && !internal.includes(name))
    .map(([, name, value]) => [name, value] as const);
  expect(functions.length).toBeGreaterThan(40);
  expect(missingExports(functions, gradus), "export these from src/index.ts").toEqual([]);
  const { exp: _, ...rest } = gradus;
  expect(missingExports(functions, rest)).toEqual(["exp"]);
});

test("names of primitives are unique", () => {
  const names = allSamples.map(({ primitive }) => primitive.name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("every primitive computes: a kernel, an alias or a composite", () => {
  for (const { primitive } of allSamples) {
    const ways = [primitive.reference, primitive.alias, primitive.composite].filter(Boolean);
    expect(ways.length, primitive.name).toBe(1);
  }
});

test.each(allSamples.map((samples) => [samples.primitive.name, samples] as const))(
  "%s has sample cases, and samples agree whether it has a derivative",
  (_, samples) => {
    expect(samples.cases.length).toBeGreaterThan(0);
    expect(isDifferentiable(samples)).toBe(samples.primitive.vjp !== undefined);
  },
);

/** Whether every case is elementwise: the first output has the shape that the inputs broadcast to, or have. */
const sizesOfElementwise = (samples: Samples<unknown>): Set<number> | undefined => {
  const sizes = new Set<number>();
  for (const sample of samples.cases) {
    const largest = Math.max(...sample.inputs.map(({ shape }) => shape.length));
    const [output] = apply(samples, sample, drawInputs(sample));
    const aligned = sample.inputs.every(({ shape }) =>
      shape.every((length, axis) => {
        const target = output.shape[axis - shape.length + output.rank];
        return length === target || length === 1;
      }),
    );
    if (!aligned || output.rank !== largest) return undefined;
    if (output.rank === 1) sizes.add(sizeOf(output.shape));
  }
  return sizes.size > 0 ? sizes : undefined;
};

test("elementwise primitives have samples at the sizes where loops go wrong", () => {
  const seen: string[] = [];
  for (const samples of allSamples) {
    if (samples.primitive.alias) continue;
    const sizes = sizesOfElementwise(samples);
    if (!sizes) continue;
    seen.push(samples.primitive.name);
    for (const size of [0, 1, 3, 4, 5, 15, 16, 17]) expect([...sizes], samples.primitive.name).toContain(size);
  }
  expect(seen).toEqual(expect.arrayContaining(["add", "exp", "relu"]));
});
