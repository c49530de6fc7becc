import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { descriptionOf } from "../../../src/base/describe.ts";
import { maxNorm, nonNegative, unitNorm } from "../../../src/layers/base/constraints.ts";
import type { LayerVariant } from "../../../src/layers/base/layerOptions.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { sameBits, tensor } from "../../../src/tensor/tensor.ts";
import { errorOf, expectClose, onEachBackend, type Packed, pattern, unpack } from "../helpers.ts";

interface ConstraintReference {
  readonly name: "maxNorm" | "unitNorm" | "nonNegative";
  readonly variant?: LayerVariant;
  readonly norm?: number;
  readonly axis?: number | readonly number[];
  readonly weights: Packed;
  readonly constrained: Packed;
}

const { constraints } = JSON.parse(
  readFileSync(new URL("../../references/regularization.json", import.meta.url), "utf8"),
) as { readonly constraints: readonly ConstraintReference[] };

const constraintOf = ({ name, variant, norm = 0, axis }: ConstraintReference) =>
  ({ maxNorm: () => maxNorm(norm, { axis, variant }), unitNorm: () => unitNorm({ axis }), nonNegative })[name]();

onEachBackend(() => {
  it.each(
    constraints.map(
      (reference) => [`${reference.name}, ${reference.variant}, axis ${reference.axis}`, reference] as const,
    ),
  )("constraints return the weights of the reference: %s", (_, reference) => {
    expectClose(constraintOf(reference)(unpack(reference.weights)), reference.constrained, 1e-6);
  });

  it("constraints keep short weights, and zeros", () => {
    const weights = pattern([5, 3]);
    expect(sameBits(maxNorm(1000)(weights), weights)).toBe(true);
    const zero = tensor([
      [0, 3],
      [0, 4],
    ]);
    expect(unitNorm()(zero).data[0]).toBe(0);
    expect(maxNorm(1, { variant: "keras" })(zero).data[0]).toBe(0);
  });
});

describe("constraints", () => {
  it("constraints take TensorFlow's axis, or the axis of Keras with that variant", () => {
    const weights = tensor([
      [3, 4],
      [0, 0],
    ]);
    // One norm for each input against one for each unit.
    expect(maxNorm(2.5)(weights).toArray()).toEqual([
      [1.5, 2],
      [0, 0],
    ]);
    expectClose(maxNorm(2, { variant: "keras" })(weights), { shape: [2, 2], data: [2, 2, 0, 0] }, 1e-6);
    expectClose(unitNorm()(weights), { shape: [2, 2], data: [1, 1, 0, 0] }, 1e-6);
    // An axis that is named goes before that of the variant.
    expectClose(maxNorm(2.5, { variant: "keras", axis: 1 })(weights), { shape: [2, 2], data: [1.5, 2, 0, 0] }, 1e-6);
  });

  it("constraints describe themselves, for saved models", () => {
    expect(descriptionOf(maxNorm(2))).toEqual({
      name: "maxNorm",
      options: { norm: 2, axis: 1, variant: "tensorflow1" },
    });
    expect(descriptionOf(unitNorm({ axis: [0, 1] }))).toEqual({ name: "unitNorm", options: { axis: [0, 1] } });
    expect(descriptionOf(nonNegative())).toEqual({ name: "nonNegative", options: {} });
    expect(new Dense({ units: 1, biasConstraint: nonNegative() }).config()).toMatchObject({
      biasConstraint: { function: "nonNegative", options: {} },
    });
  });

  it.each([
    [() => maxNorm(0), "ValueError: maxNorm: norm must be a finite number above 0, got 0."],
    [() => maxNorm(1, { axis: 0.5 }), "ValueError: maxNorm: axis must be a whole number or a list of them, got 0.5."],
    [() => unitNorm({ axis: [] }), "ValueError: unitNorm: axis must be a whole number or a list of them, got []."],
    [
      () => maxNorm(1, { variant: "pytorch" }),
      'ValueError: maxNorm: variant must be one of tensorflow1, keras, got "pytorch".',
    ],
    [
      () => maxNorm(1, { axes: 1 } as object),
      'ValueError: maxNorm: every option must be one that exists, got "axes". The options are axis, variant.',
    ],
    [
      () => unitNorm({ dim: 1 } as object),
      'ValueError: unitNorm: every option must be one that exists, got "dim". The options are axis. Write axis.',
    ],
  ])("constraints throw for an option out of range: %s", (make, message) => {
    expect(errorOf(make)).toBe(message);
  });

  it("constraints throw for weights without the axis when they are applied", () => {
    expect(errorOf(() => maxNorm(1)(tensor([1, 2])))).toMatch(/^ShapeError: .*axis/);
    expect(errorOf(() => unitNorm({ axis: 2 })(tensor([1, 2])))).toMatch(/^ShapeError: .*axis/);
  });
});
