import { describe, expect, test } from "vitest";
import { mul } from "../../src/ops/elementwise/arithmetic.ts";
import { stopGradient } from "../../src/ops/support/stopGradient.ts";
import type { Primitive } from "../../src/tensor/interpret/primitive.ts";
import { zeros } from "../../src/tensor/tensor.ts";
import type { Samples } from "../samples/support/sample.ts";
import { mutate } from "./mutate.ts";
import { checkOperation } from "./operations.ts";

/** a·b on one case, with a derivative that the test chooses. */
const product = (vjp: Primitive["vjp"]): Samples<unknown> => {
  const samples: Samples = {
    primitive: {
      name: "product",
      infer: ([a]) => [{ shape: a.shape, dtype: a.dtype }],
      reference: ({ inputs: [a, b], outputs: [y] }) => {
        for (let index = 0; index < y.length; index++) y[index] = a[index] * b[index];
      },
      vjp,
    },
    cases: [
      {
        inputs: [
          { shape: [4], low: 1, high: 2 },
          { shape: [4], low: 1, high: 2 },
        ],
        attributes: undefined,
      },
    ],
    refused: [],
  };
  return samples as Samples<unknown>;
};

const right: Primitive["vjp"] = ({ inputs: [a, b], dy }) => [() => mul(dy, b), () => mul(dy, a)];

describe("gradient checks", () => {
  test("gradient checks pass a right derivative, and catch its six mutants", () => {
    const row = checkOperation(product(right));
    expect(row.failures).toEqual([]);
    expect([row.caught, row.mutants]).toEqual([6, 6]);
    expect(row.second).toBeLessThan(1e-6);
  });

  test("gradient checks restore the right derivative after their mutants", () => {
    const samples = product(right);
    mutate(samples);
    expect(samples.primitive.vjp).toBe(right);
  });

  test.each<[string, Primitive["vjp"]]>([
    ["wrong for one input", ({ inputs: [a], dy }) => [() => mul(dy, a), () => mul(dy, a)]],
    ["missing for one input", ({ inputs: [, b], dy }) => [() => mul(dy, b), undefined]],
    ["without dy", ({ inputs: [a, b] }) => [() => b, () => a]],
    ["right, but not differentiable", ({ inputs: [a, b], dy }) => [() => mul(dy, stopGradient(b)), () => mul(dy, a)]],
  ])("gradient checks report a derivative that is %s", (_, vjp) => {
    expect(checkOperation(product(vjp)).failures.length).toBeGreaterThan(0);
  });

  test("gradient checks list a derivative that is zero everywhere, whose mutants survive", () => {
    const samples = product(undefined);
    const constant: Samples<unknown> = {
      ...samples,
      primitive: {
        ...samples.primitive,
        reference: ({ inputs: [a], outputs: [y] }) => {
          y.set(a);
        },
        vjp: ({ inputs: [, b], dy }) => [() => dy, () => zeros(b.shape, { dtype: b.dtype })],
      },
    };
    expect(mutate(constant)).toEqual({
      count: 6,
      survivors: ["product, input 1: flipped", "product, input 1: doubled", "product, input 1: dropped"],
    });
    expect(checkOperation(constant).failures).toContain("survived: product, input 1: dropped");
  });

  test("samples that claim no derivative throw for a primitive that has one", () => {
    expect(checkOperation({ ...product(right), differentiable: false }).failures).toEqual([
      "its samples say that it has no derivative, but it has one",
    ]);
  });
});
