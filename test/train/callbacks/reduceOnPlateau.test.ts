import {
  BatchNorm,
  checkpoints,
  cosineDecay,
  Dense,
  fit,
  linearWarmUp,
  loadCheckpoint,
  loadDigits,
  Momentum,
  type Plateau,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
  Sequential,
  SGD,
  type Tensor,
  take,
} from "gradus";
import { describe, expect, it } from "vitest";
import { descriptionOf } from "../../../src/base/describe.ts";
import { errorOf } from "../../layers/helpers.ts";

const { train: digits } = await loadDigits();
const [train, validation] = [take(digits, { to: 200 }), take(digits, { from: 200, to: 300 })];

const plateau = (): Plateau =>
  reduceOnPlateau({
    schedule: linearWarmUp({ steps: 6, schedule: 0.5 }),
    factor: 0.5,
    patience: 1,
    minDelta: 0.05,
    monitor: "validationLoss",
  });

const network = (): Sequential =>
  new Sequential({
    inputShape: [64],
    layers: [new Dense({ units: 16 }), new BatchNorm(), new Dense({ units: 10 })],
    seed: 1,
  });

const options = { epochs: 10, batchSize: 50, validation };

const bits = (values: readonly { read(): Tensor }[]): readonly number[][] =>
  values.map((value) => [...value.read().data]);

describe("reduceOnPlateau in fit", () => {
  it("reduceOnPlateau reduces the rate of the optimizer, and resumes from a checkpoint as if the run had not stopped", async () => {
    const rate = plateau();
    const model = network();
    const optimizer = new Momentum({ learningRate: rate, momentum: 0.9 });
    const rates: number[] = [];
    const saved: Uint8Array<ArrayBuffer>[] = [];
    await fit(model, train, {
      ...options,
      optimizer,
      callbacks: [
        rate,
        { onStep: () => void rates.push(optimizer.learningRate) },
        checkpoints((bytes) => void saved.push(bytes), { everySteps: 3 }),
      ],
    });
    expect(rate.reductions).toBeGreaterThan(1);
    expect(optimizer.learningRate).toBe(0.5 * 0.5 ** rate.reductions);
    expect(new Set(rates).size).toBeGreaterThan(6);

    for (const bytes of saved.slice(0, -1)) {
      const run = (await loadCheckpoint(bytes))!;
      const again = plateau();
      const later: number[] = [];
      const callbacks = [again, { onStep: () => void later.push(run.optimizer.learningRate) }];
      await fit(run.model, train, { ...run, ...options, callbacks: [...callbacks] });
      expect(run.optimizer.schedule).toBe(again);
      expect(later).toEqual(rates.slice(-later.length));
      expect(bits(run.model.variables)).toEqual(bits(model.variables));
    }
    expect(saved.length).toBeGreaterThan(10);
  });

  it("reduceOnPlateau in fit throws for an optimizer that does not use it, and for a monitor that is not measured", async () => {
    const refusal = async (learningRate: SGD["learningRate"] | Plateau, rate: Plateau, more: object = {}) =>
      fit(network(), train, { epochs: 1, optimizer: new SGD({ learningRate }), callbacks: [rate], ...more }).then(
        () => "nothing was thrown",
        String,
      );
    const loss = reduceOnPlateau({ schedule: 0.1, monitor: "loss" });
    expect(await refusal(0.25, loss)).toBe(
      "ValueError: reduceOnPlateau: the optimizer must have it as its learning rate, got 0.25. Pass { learningRate: plateau } " +
        "to the optimizer; a schedule that is reduced goes into { schedule }.",
    );
    const watched = reduceOnPlateau({ schedule: 0.1 });
    expect(await refusal(watched, watched)).toBe(
      "ValueError: reduceOnPlateau: validationLoss must be measured, got no validation data. Pass { validation } to fit, or " +
        '{ monitor: "loss" } to reduceOnPlateau.',
    );
    expect(await refusal(loss, loss)).toBe("nothing was thrown");
  });
});

describe("reduceOnPlateau", () => {
  it("reduceOnPlateau can be saved with the schedule that it reduces", () => {
    const rate = reduceOnPlateau({ schedule: cosineDecay({ initial: 0.1, decaySteps: 10 }), variant: "pytorch" });
    expect(JSON.parse(JSON.stringify(descriptionOf(rate)))).toEqual({
      name: "reduceOnPlateau",
      options: {
        schedule: { function: "cosineDecay", options: { initial: 0.1, decaySteps: 10, alpha: 0 } },
        factor: 0.1,
        patience: 10,
        monitor: "validationLoss",
        minDelta: 1e-4,
        relative: true,
        cooldown: 0,
        minimum: 0,
        variant: "pytorch",
      },
    });
    expect(descriptionOf(reduceOnPlateau({ schedule: (step) => 1 / (step + 1) }))).toBeUndefined();
  });

  it("reduceOnPlateau does not treat NaN as an improvement, also as the first value", () => {
    const rate = reduceOnPlateau({ schedule: 1, factor: 0.5, patience: 2 });
    expect([Number.NaN, 3, Number.NaN, Number.NaN].map((value) => rate.observe(value))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(rate(0)).toBe(0.5);
  });

  it("reduceOnPlateau does not raise a schedule to the minimum", () => {
    const rate = reduceOnPlateau({
      schedule: cosineDecay({ initial: 1, decaySteps: 10 }),
      factor: 0.5,
      minimum: 0.25,
      patience: 1,
    });
    rate.observe(1);
    expect([rate(0), rate(5), rate(10)]).toEqual([1, 0.5, 0]);
    rate.observe(1);
    rate.observe(1);
    rate.observe(1);
    expect([rate(0), rate(5), rate(10)]).toEqual([0.25, 0.25, 0]);
  });

  const making = (more: object): (() => unknown) => {
    return () => reduceOnPlateau({ schedule: 0.1, ...more } as ReduceOnPlateauOptions);
  };
  it.each([
    [making({ schedule: -1 }), "schedule must be a schedule, or a finite number from 0, got -1."],
    [making({ factor: 1 }), "factor must be a finite number above 0, below 1, got 1."],
    [making({ patience: 1.5 }), "patience must be a whole number from 0, got 1.5."],
    [
      making({ monitor: "val_loss" }),
      'monitor must be one of loss, accuracy, validationLoss, validationAccuracy, got "val_loss".',
    ],
    [making({ minDelta: Number.NaN }), "minDelta must be a finite number from 0, got NaN."],
    [making({ relative: 1 }), "relative must be true or false, got 1."],
    [making({ cooldown: -1 }), "cooldown must be a whole number from 0, got -1."],
    [making({ minimum: Infinity }), "minimum must be a finite number from 0, got Infinity."],
    [making({ variant: "torch" }), 'variant must be one of tensorflow1, keras, pytorch, got "torch".'],
    [
      making({ mode: "min" }),
      'every option must be one that exists, got "mode". The options are schedule, factor, patience, monitor, minDelta, ' +
        "relative, cooldown, minimum, variant.",
    ],
    [
      () => reduceOnPlateau({ schedule: 1 }).restoreState({ values: { waited: 1 }, tensors: {} }),
      "a state must hold numbers, got cooling=undefined. Pass the result of state().",
    ],
  ])("reduceOnPlateau throws for options out of range: case %#", (body, message) => {
    expect(errorOf(body)).toBe(`ValueError: reduceOnPlateau: ${message}`);
  });
});
