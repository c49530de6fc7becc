import {
  BatchNorm,
  type Callback,
  Dense,
  dataset,
  type EarlyStoppingOptions,
  type EpochRecord,
  earlyStopping,
  fit,
  type History,
  loadDigits,
  type Monitor,
  meanSquaredError,
  Sequential,
  SGD,
  type TrainingRun,
  take,
  tensor,
  zeros,
} from "gradus";
import { describe, expect, it } from "vitest";
import { shortNumber } from "../../../src/train/history/numberText.ts";

const { train, validation } = await loadDigits();
const small = take(train, { to: 120 });

/** A model of one number, which the epochs of a script change, and what the callback makes of it. */
class Script {
  readonly layer: Dense = new Dense({ units: 1, name: "one" });
  readonly stopped: string[] = [];
  readonly run: TrainingRun;
  readonly callback: Callback;
  epoch = 0;

  constructor(callback: Callback) {
    this.callback = callback;
    this.layer.call(tensor([[0]]));
    this.run = {
      model: this.layer,
      validation,
      metrics: [],
      stop: (reason: string) => this.stopped.push(reason),
    } as unknown as TrainingRun;
  }

  begin(): this {
    void this.callback.onTrainBegin?.(this.run);
    return this;
  }

  /** How many epochs are run until it stops; all of them if it does not. */
  go(metric: Monitor, values: readonly number[]): number {
    for (const [index, value] of values.entries()) {
      this.layer.bias.assign(tensor([this.epoch]));
      const record = { epoch: this.epoch++, [metric]: value, steps: 1, seconds: 0 } as unknown as EpochRecord;
      void this.callback.onEpochEnd?.(this.run, record);
      if (this.stopped.length > 0) return index + 1;
    }
    return values.length;
  }

  end(): number {
    void this.callback.onTrainEnd?.(this.run);
    return this.layer.bias.read().item();
  }
}

const script = (options: EarlyStoppingOptions): Script => new Script(earlyStopping(options)).begin();

describe("earlyStopping", () => {
  it("earlyStopping stops after patience epochs in a row without an improvement", () => {
    expect(script({ patience: 2 }).go("validationLoss", [3, 2, 2.5, 1, 1, 1.5, 0])).toBe(6);
    expect(script({ patience: 1 }).go("validationLoss", [3, 2, 2, 1])).toBe(3);
    expect(script({ patience: 3 }).go("validationLoss", [3, 4, 5])).toBe(3);
    const rising = script({ patience: 2, monitor: "validationAccuracy" });
    expect(rising.go("validationAccuracy", [0.5, 0.4, 0.6, 0.6, 0.6])).toBe(5);
    expect(rising.stopped).toEqual(["validationAccuracy did not improve for 2 epochs: the best was 0.6000 in epoch 3"]);
    expect(script({ patience: 1, monitor: "loss" }).go("loss", [2, 1, 1.5])).toBe(3);
  });

  it("earlyStopping does not count an improvement below minDelta, or NaN", () => {
    expect(script({ patience: 2, minDelta: 0.5 }).go("validationLoss", [3, 2.75, 2.5, 2.25])).toBe(3);
    expect(script({ patience: 2, minDelta: 0.5 }).go("validationLoss", [3, 2.75, 2.25, 2])).toBe(4);
    const lost = script({ patience: 2 });
    expect(lost.go("validationLoss", [Number.NaN, Number.NaN, 1])).toBe(2);
    expect(lost.stopped).toEqual(["validationLoss did not improve for 2 epochs: it never was finite"]);
    expect(script({ patience: 2 }).go("validationLoss", [3, Number.NaN, 2, Number.NaN])).toBe(4);
  });

  it("earlyStopping restores the best epoch if asked, and begins anew with the next run", () => {
    const restoring = script({ patience: 2, restoreBest: true });
    restoring.go("validationLoss", [3, 1, 2, 2]);
    expect(restoring.end()).toBe(1);
    expect(restoring.begin().go("validationLoss", [9, 10])).toBe(1);
    expect(restoring.end()).toBe(4);
    const leaving = script({ patience: 2 });
    leaving.go("validationLoss", [3, 1, 2, 2]);
    expect(leaving.end()).toBe(3);
    // Without a complete epoch there is nothing to restore.
    const early = script({ patience: 2, restoreBest: true });
    early.layer.bias.assign(tensor([7]));
    expect(early.end()).toBe(7);
  });

  it("earlyStopping resumes from its state as if the run had not stopped", () => {
    const first = script({ patience: 3, restoreBest: true });
    first.go("validationLoss", [3, 1, 2]);
    const { values, tensors } = first.callback.state?.() ?? { values: {}, tensors: {} };
    expect(values).toEqual({ waited: 1, epoch: 1, value: 1 });
    expect(Object.keys(tensors)).toEqual(["one/kernel", "one/bias"]);
    const second = script({ patience: 3, restoreBest: true });
    second.epoch = 3;
    second.callback.restoreState?.({ values: JSON.parse(JSON.stringify(values)), tensors });
    expect(second.go("validationLoss", [2, 1, 0])).toBe(2);
    expect(second.stopped).toEqual(["validationLoss did not improve for 3 epochs: the best was 1.000 in epoch 2"]);
    expect(second.end()).toBe(1);
    // Before the first epoch there is nothing to remember.
    const none = script({ patience: 1 });
    expect(none.callback.state?.()).toEqual({ values: { waited: 0 }, tensors: {} });
    second.callback.restoreState?.({ values: { waited: 0 }, tensors: {} });
    expect(second.end()).toBe(1);
    expect(second.callback.state?.()).toEqual({ values: { waited: 0 }, tensors: {} });
  });

  it.each([
    [{ patience: 0 }, "ValueError: earlyStopping: patience must be a whole number from 1, got 0."],
    [{}, "ValueError: earlyStopping: patience must be a whole number from 1, got undefined."],
    [{ patience: 1, monitor: "" }, 'ValueError: earlyStopping: monitor must be text, got "".'],
    [{ patience: 1, minDelta: -1 }, "ValueError: earlyStopping: minDelta must be a finite number from 0, got -1."],
    [{ patience: 1, restoreBest: 1 }, "ValueError: earlyStopping: restoreBest must be true or false, got 1."],
    [
      { patience: 1, restoreBestWeights: true },
      'ValueError: earlyStopping: every option must be one that exists, got "restoreBestWeights". ' +
        "The options are patience, restoreBest, monitor, minDelta.",
    ],
  ])("earlyStopping throws for %o", (options, message) => {
    expect(() => earlyStopping(options as EarlyStoppingOptions)).toThrow(message.slice("ValueError: ".length));
  });
});

/** A network that learns so fast that it soon gets worse. */
const network = (): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [64],
    seed: 2,
    layers: [new Dense({ units: 40 }), new BatchNorm({ momentum: 0.5 }), new Dense({ units: 10 })],
  });

const weights = (model: Sequential): number[][] => model.variables.map((variable) => [...variable.read().data]);
const options = { batchSize: 20, validation } as const;
const optimizer = (): SGD => new SGD({ learningRate: 0.4 });

describe("early stopping in fit", () => {
  it("early stopping in fit ends with the variables of the best epoch, moving statistics included", async () => {
    const model = network();
    const history = await fit(model, small, {
      ...options,
      optimizer: optimizer(),
      epochs: 60,
      callbacks: [earlyStopping({ patience: 3, restoreBest: true })],
    });
    const losses = history.epochs.map(({ validationLoss = 0 }) => validationLoss);
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length).toBe(best + 4);
    expect(losses.length).toBeLessThan(60);
    expect(history.stopped).toBe(
      `validationLoss did not improve for 3 epochs: the best was ${shortNumber(losses[best])} in epoch ${best + 1}`,
    );
    const same = network();
    await fit(same, small, { ...options, optimizer: optimizer(), epochs: best + 1 });
    expect(weights(model)).toEqual(weights(same));
  });

  it("early stopping in fit restores the best epoch of a run that is aborted in the epoch after it", async () => {
    const [model, same] = [network(), network()];
    const aborting = new AbortController();
    const abort: Callback = {
      onStep: ({ epoch, batch }) => {
        if (epoch === 1 && batch === 3) aborting.abort(new Error("enough"));
      },
    };
    const stopping = earlyStopping({ patience: 3, restoreBest: true });
    const { signal } = aborting;
    const training = fit(model, small, {
      ...options,
      optimizer: optimizer(),
      epochs: 9,
      callbacks: [stopping, abort],
      signal,
    });
    await expect(training).rejects.toThrow("enough");
    await fit(same, small, { ...options, optimizer: optimizer(), epochs: 1 });
    expect(weights(model)).toEqual(weights(same));
  });

  it("early stopping in fit throws for a monitor that is not measured", async () => {
    const training = (watched: EarlyStoppingOptions, data: object): Promise<History> =>
      fit(network(), small, { optimizer: optimizer(), epochs: 1, callbacks: [earlyStopping(watched)], ...data });
    await expect(training({ patience: 1 }, {})).rejects.toThrow(
      "earlyStopping: validationLoss must be measured, got no validation data. " +
        'Pass { validation } to fit, or { monitor: "loss" } to earlyStopping.',
    );
    // Targets that are not labels have no accuracy.
    const y = zeros([small.size, 10]);
    const regression = fit(network(), dataset({ x: small.x, y }), {
      optimizer: optimizer(),
      epochs: 1,
      loss: meanSquaredError,
      callbacks: [earlyStopping({ patience: 1, monitor: "accuracy" })],
    });
    await expect(regression).rejects.toThrow(
      "earlyStopping: accuracy must be measured, got loss. Choose another monitor.",
    );
    expect((await training({ patience: 1, monitor: "accuracy" }, {})).epochs).toHaveLength(1);
  });
});
