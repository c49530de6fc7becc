import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { valueAndGrad } from "../../../src/autograd/grad.ts";
import { descriptionOf } from "../../../src/base/describe.ts";
import type { LayerVariant } from "../../../src/layers/base/layerOptions.ts";
import { l1, l1l2, l2 } from "../../../src/layers/base/regularizers.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { errorOf, expectClose, onEachBackend, type Packed, unpack } from "../helpers.ts";

interface PenaltyReference {
  readonly name: "l1" | "l2" | "l1l2";
  readonly variant: LayerVariant;
  readonly l1: number;
  readonly l2: number;
  readonly weights: Packed;
  readonly value: number;
  readonly gradient: Packed;
}

const { penalties } = JSON.parse(
  readFileSync(new URL("../../references/regularization.json", import.meta.url), "utf8"),
) as { readonly penalties: readonly PenaltyReference[] };

const regularizerOf = ({ name, variant, l1: first, l2: second }: PenaltyReference) =>
  ({ l1: () => l1(first), l2: () => l2(second, { variant }), l1l2: () => l1l2({ l1: first, l2: second, variant }) })[
    name
  ]();

onEachBackend(() => {
  it.each(
    penalties.map(
      (reference) => [`${reference.name}, ${reference.variant}, [${reference.weights.shape}]`, reference] as const,
    ),
  )("regularizers have the penalty and the gradient of the reference: %s", (_, reference) => {
    const [value, gradient] = valueAndGrad(regularizerOf(reference))(unpack(reference.weights));
    expect(value.shape).toEqual([]);
    expect(Math.abs(value.item() - reference.value)).toBeLessThan(1e-6 * (1 + Math.abs(reference.value)));
    expectClose(gradient, reference.gradient, 1e-6);
  });
});

describe("regularizers", () => {
  it("regularizers have TensorFlow 1's formula by default", () => {
    const weights = unpack({ shape: [2], data: [3, -1] });
    expect([l2(0.5)(weights).item(), l2(0.5, { variant: "keras" })(weights).item()]).toEqual([2.5, 5]);
    expect(l1l2({ l1: 2 })(weights).item()).toBe(8);
    expect(l1l2({ l2: 2 })(weights).item()).toBe(10);
    expect(l1(0)(weights).item()).toBe(0);
  });

  it("regularizers describe themselves, for saved models", () => {
    expect(descriptionOf(l1(0.5))).toEqual({ name: "l1", options: { factor: 0.5 } });
    expect(descriptionOf(l2(0.5))).toEqual({ name: "l2", options: { factor: 0.5, variant: "tensorflow1" } });
    expect(descriptionOf(l1l2({ l2: 3, variant: "keras" }))).toEqual({
      name: "l1l2",
      options: { l1: 0, l2: 3, variant: "keras" },
    });
    const layer = new Dense({ units: 1, kernelRegularizer: l1(0.5), activityRegularizer: l2(0.5) });
    expect(layer.config()).toMatchObject({
      kernelRegularizer: { function: "l1", options: { factor: 0.5 } },
      activityRegularizer: { function: "l2", options: { factor: 0.5, variant: "tensorflow1" } },
    });
  });

  it.each([
    [() => l1(-1), "ValueError: l1: factor must be a finite number from 0, got -1."],
    [() => l2(Number.NaN), "ValueError: l2: factor must be a finite number from 0, got NaN."],
    [() => l1l2({ l1: Infinity }), "ValueError: l1l2: l1 must be a finite number from 0, got Infinity."],
    [() => l1l2({ l2: -1 }), "ValueError: l1l2: l2 must be a finite number from 0, got -1."],
    [
      () => l2(1, { variant: "caffe" as LayerVariant }),
      'ValueError: l2: variant must be one of tensorflow1, keras, pytorch, got "caffe".',
    ],
    [
      () => l2(1, { scale: 1 } as object),
      'ValueError: l2: every option must be one that exists, got "scale". The options are variant.',
    ],
    [
      () => l1l2({ l3: 1 } as object),
      'ValueError: l1l2: every option must be one that exists, got "l3". The options are l1, l2, variant.',
    ],
    [
      () => new Dense({ units: 1, activityRegularizer: "l2" as never }),
      'ValueError: Dense: activityRegularizer must be a function (weights) => tensor, got "l2".',
    ],
  ])("regularizers throw for an option out of range: %s", (make, message) => {
    expect(errorOf(make)).toBe(message);
  });
});
