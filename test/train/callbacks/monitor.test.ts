import {
  accuracy,
  checkpoints,
  Dense,
  earlyStopping,
  fit,
  loadCheckpoint,
  loadDigits,
  meanSquaredError,
  metric,
  Sequential,
  SGD,
  take,
  topKAccuracy,
} from "gradus";
import { describe, expect, it } from "vitest";

const { train: digits, validation } = await loadDigits();
const data = take(digits, { to: 200 });
const model = (): Sequential => new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
const begin = () => ({ optimizer: new SGD({ learningRate: 0.1 }), epochs: 6, batchSize: 20, validation });

/** A metric that says what it is told, epoch by epoch, on the validation data (200 training rows, so that both differ). */
const scripted = (values: readonly number[], better?: "higher" | "lower") => {
  let epoch = 0;
  return metric({
    name: "told",
    statistics: (_, targets) => [targets.size],
    value: ([rows]) => (rows === validation.size ? values[epoch++] : 0),
    ...(better ? { better } : {}),
  });
};

describe("monitors", () => {
  it("a monitor may be a metric that says which way is better", async () => {
    const run = async (better: "higher" | "lower") =>
      fit(model(), data, {
        ...begin(),
        metrics: [scripted([3, 4, 2, 2.5, 1, 0], better)],
        callbacks: [earlyStopping({ patience: 2, monitor: "validationTold" })],
      });
    expect((await run("higher")).stopped).toBe(
      "validationTold did not improve for 2 epochs: the best was 4.000 in epoch 2",
    );
    expect((await run("lower")).epochs).toHaveLength(6);
  });

  it("a monitor throws if it is not measured, or does not say which way is better", async () => {
    const run = (monitor: string, metrics = [scripted([1])]) =>
      fit(model(), data, { ...begin(), metrics, callbacks: [earlyStopping({ patience: 2, monitor })] });
    await expect(run("val_loss")).rejects.toThrow(
      "earlyStopping: monitor must be one of loss, accuracy, told, validationLoss, validationAccuracy, validationTold, " +
        'got "val_loss". Choose one, or pass it to fit as a metric.',
    );
    await expect(run("told")).rejects.toThrow(
      "earlyStopping: told must say which way is better, got a metric that does not.",
    );
    await expect(
      fit(model(), data, {
        ...begin(),
        validation: undefined,
        metrics: [accuracy],
        callbacks: [checkpoints(() => undefined, { best: "validationAccuracy" })],
      }),
    ).rejects.toThrow("checkpoints: validationAccuracy must be measured, got no validation data.");
  });
});

describe("checkpoints of the best epoch", () => {
  it("checkpoints of the best epoch are written when an epoch is better, and report its number", async () => {
    const files: Uint8Array<ArrayBuffer>[] = [];
    const best = checkpoints((bytes) => void files.push(bytes), { best: "validationTold" });
    await fit(model(), data, {
      ...begin(),
      metrics: [scripted([3, Number.NaN, 5, 5, 4, 6], "higher")],
      callbacks: [best],
    });
    expect(best.best).toEqual({ epoch: 5, value: 6 });
    const epochs = await Promise.all(files.map(async (file) => (await loadCheckpoint(file)).history.epochs.length - 1));
    expect(epochs).toEqual([0, 2, 5]);
  });

  it("checkpoints of the best epoch continue from the best of a resumed run, with the bits of a run that never stopped", async () => {
    const values = [3, 1, 2, 0.5, 4, 0.25];
    const run = async (stopAfter: number) => {
      const kept: Uint8Array<ArrayBuffer>[] = [];
      const last: Uint8Array<ArrayBuffer>[] = [];
      const callbacks = () => [
        checkpoints((bytes) => void kept.push(bytes), { best: "validationTold" }),
        checkpoints((bytes) => void last.push(bytes)),
      ];
      const metrics = [scripted(values, "lower"), topKAccuracy({ k: 2 })];
      await fit(model(), data, { ...begin(), epochs: stopAfter, metrics, callbacks: callbacks() });
      const again = await loadCheckpoint(last.at(-1) as Uint8Array<ArrayBuffer>);
      const history = await fit(again.model, data, {
        ...begin(),
        ...again,
        epochs: 6,
        metrics,
        callbacks: callbacks(),
      });
      const weights = again.model.variables.map((variable) => [...variable.read().data]);
      const records = history.epochs.map(({ seconds, ...rest }) => rest);
      return {
        kept: await Promise.all(kept.map(async (file) => (await loadCheckpoint(file)).history.epochs.length - 1)),
        weights,
        records,
      };
    };
    const whole = await run(6);
    expect(whole.kept).toEqual([0, 1, 3, 5]);
    expect(await run(3)).toEqual(whole);
  });

  it("checkpoints of the best epoch throw for best beside other options", () => {
    expect(() => checkpoints("best.safetensors", { best: "loss", everySteps: 5 })).toThrow(
      'checkpoints: best must be the only option, got "loss" beside everySteps.',
    );
  });
});

it("a loss is a metric under its name, also as a monitor", async () => {
  const flat = new Sequential({ inputShape: [64], layers: [new Dense({ units: 64 })], seed: 1 });
  const images = { ...take(digits, { to: 50 }), y: take(digits, { to: 50 }).x };
  const float = { ...images, y: flat.predict(images.x) };
  const history = await fit(flat, float, {
    ...begin(),
    validation: float,
    loss: meanSquaredError,
    metrics: [meanSquaredError],
    callbacks: [earlyStopping({ patience: 1, monitor: "meanSquaredError" })],
  });
  expect(history.last("meanSquaredError")).toBeCloseTo(history.last("loss"), 8);
});
