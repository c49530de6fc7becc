import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as gradus from "../../src/index.ts";
import { type DType, type Tensor, tensor } from "../../src/index.ts";
import { availableBackends } from "../../src/tensor/interpret/backend.ts";
import { onBackend } from "../gradcheck/kernels.ts";

interface Packed {
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

interface Case {
  readonly function: string;
  readonly equation?: string;
  readonly inputs: readonly Packed[];
  readonly arguments: readonly unknown[];
  readonly results: readonly Packed[];
}

const url = new URL("../references/numpyFunctions.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(url, "utf8")) as { readonly cases: readonly Case[] };

const names = [...new Set(cases.map((sample) => sample.function))];

const unpack = ({ dtype, shape, data }: Packed, float: DType): Tensor =>
  tensor(data.map(Number), { shape, dtype: dtype === "float32" ? float : dtype });

/** The results of gradus, as a list. */
const computed = ({ function: name, equation, inputs, arguments: others }: Case, float: DType): readonly Tensor[] => {
  const call = (gradus as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
  const infinite = (key: string, value: unknown): unknown => (key === "ord" && value === "Infinity" ? Infinity : value);
  const options = others.map((argument) => JSON.parse(JSON.stringify(argument), infinite) as unknown);
  const result = call(...(equation ? [equation] : []), ...inputs.map((input) => unpack(input, float)), ...options);
  if (Array.isArray(result)) return result as Tensor[];
  return result instanceof gradus.Tensor ? [result] : Object.values(result as object);
};

/** Checks values to a relative error, beside sums to one of the size of 1. */
const expectClose = (actual: Tensor, expected: Packed, tolerance: number): void => {
  expect(actual.shape).toEqual(expected.shape);
  for (const [index, value] of actual.data.entries()) {
    const wanted = Number(expected.data[index]);
    if (!Number.isFinite(wanted)) expect(value).toBe(wanted);
    else expect(Math.abs(value - wanted)).toBeLessThanOrEqual(tolerance * Math.max(Math.abs(wanted), 1));
  }
};

describe.each(names)("%s has the values of NumPy", (name) => {
  const own = cases.filter((sample) => sample.function === name);

  test.each(availableBackends())("on %s", (backend) => {
    onBackend(backend, () => {
      for (const sample of own) {
        const results = computed(sample, "float32");
        expect(results.length).toBe(sample.results.length);
        for (const [index, result] of results.entries()) {
          expect(result.dtype).toBe(sample.results[index].dtype);
          expectClose(result, sample.results[index], 3e-7);
        }
      }
    });
  });

  test("in float64", () => {
    for (const sample of own) {
      for (const [index, result] of computed(sample, "float64").entries()) {
        const wanted = sample.results[index].dtype;
        expect(result.dtype).toBe(wanted === "float32" ? "float64" : wanted);
        expectClose(result, sample.results[index], 1e-14);
      }
    }
  });
});

test("the references have cases for 28 functions", () => {
  expect(names.length).toBe(28);
});
