import { Dense, evaluate, fit, loadDigits, type Optimizer, Sequential } from "gradus";
import { describe, expect, it } from "vitest";
import { descriptionOf } from "../../src/base/describe.ts";

/** The program itself, which is type-checked as a user's program (examples/tsconfig.json). */
const program = new URL("../../examples/optimizers.ts", import.meta.url).href;
const { optimizers } = (await import(program)) as { readonly optimizers: Readonly<Record<string, Optimizer>> };

const { train, validation, test } = await loadDigits();

/** The network of mnist.ts for the 64 pixels of the digits. */
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

/** The accuracy of each after ten epochs, less a few images that the model may read otherwise on another processor. */
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
