import { Dense, evaluate, fit, loadDigits, type Optimizer, Sequential } from "gradus";
import { describe, expect, it } from "vitest";
import { descriptionOf } from "../../src/base/describe.ts";

/** The program as it stands; it is a user's, and checked as such (examples/tsconfig.json). */
const program = new URL("../../examples/optimizers.ts", import.meta.url).href;
const { optimizers } = (await import(program)) as { readonly optimizers: Readonly<Record<string, Optimizer>> };

const { train, validation, test } = await loadDigits();

/** The seed's network on the digits' 64 pixels. */
const network = (): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape: [64],
    layers: [
      new Dense({ name: "hidden1", units: 300, activation: "relu" }),
      new Dense({ name: "hidden2", units: 100, activation: "relu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed: 42,
  });

/** What each reaches in ten epochs, on 180 validation and 360 test images, less a few that another processor may read otherwise. */
const least: Readonly<Record<string, number>> = {
  sgd: 0.78,
  momentum: 0.94,
  nesterov: 0.94,
  adaGrad: 0.9,
  rmsProp: 0.94,
  adam: 0.96,
};

describe("examples/optimizers.ts on the digits", () => {
  it("examples/optimizers.ts names six optimizers, one with a schedule", () => {
    expect(Object.keys(optimizers)).toEqual(Object.keys(least));
    expect(descriptionOf(optimizers.momentum.schedule)).toEqual({
      name: "exponentialDecay",
      options: { initial: 0.1, decaySteps: 10_000, decayRate: 0.1, staircase: false },
    });
  });

  it.each(Object.entries(optimizers))("%s of examples/optimizers.ts trains the network", async (name, optimizer) => {
    const model = network();
    expect(evaluate(model, test).accuracy).toBeLessThan(0.3);
    const history = await fit(model, train, { optimizer, epochs: 10, batchSize: 50, validation });
    const { accuracy } = evaluate(model, test);
    expect(accuracy).toBeGreaterThan(least[name]);
    expect(history.last("validationAccuracy")).toBeGreaterThan(least[name]);
    expect(optimizer.step).toBe(10 * 25);
    if (optimizer === optimizers.momentum) expect(optimizer.learningRate).toBeCloseTo(0.1 * 10 ** -0.025, 12);
  });
});
