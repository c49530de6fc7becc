import { describe, expect, it } from "vitest";
import {
  dataset,
  type EpochRecord,
  earlyStopping,
  History,
  type Inspection,
  ones,
  type TrainingRun,
} from "../../../src/index.ts";
import { findingsOf } from "../../../src/report/analysis/findings.ts";

const epochsOf = (losses: readonly number[], validation: readonly number[] = []): readonly EpochRecord[] =>
  losses.map((loss, epoch) => ({
    epoch,
    loss,
    ...(validation[epoch] === undefined ? {} : { validationLoss: validation[epoch] }),
    steps: 10,
    seconds: 0.1,
  }));

const textsOf = (history: History): readonly string[] =>
  findingsOf(history).map(({ level, text }) => `${level}: ${text}`);

const seen = (gradients: readonly (readonly number[])[], ratio = 1e-3): readonly Inspection[] =>
  gradients.map((norms, step) => ({
    step: step + 1,
    epoch: step,
    variables: norms.map((gradientNorm, layer) => ({
      name: `m/hidden${layer + 1}/kernel`,
      norm: 1,
      gradientNorm,
      updateRatio: ratio,
    })),
  }));

describe("findingsOf", () => {
  it("findingsOf finds nothing in an empty history, and reports that a run went well", () => {
    expect(textsOf(new History())).toEqual([]);
    expect(textsOf(new History(epochsOf([2, 1, 0.5, 0.4])))).toEqual([
      "good: The training loss fell from 2.000 to 0.4000 in 4 epochs.",
    ]);
  });

  it("findingsOf reports overfitting, with the epoch where it began", () => {
    const [first] = textsOf(new History(epochsOf([2, 1, 0.5, 0.2, 0.1], [2, 1, 1.2, 1.4, 1.6])));
    expect(first).toContain(
      "watch: Overfitting: the validation loss was lowest in epoch 2 (1.000) and has risen to 1.400, the median of the last 3 epochs, " +
        "while the training loss went on falling. Early stopping, dropout, a penalty or more data help.",
    );
    // A validation loss that goes up and down a little is not that.
    expect(textsOf(new History(epochsOf([2, 1, 0.5, 0.2], [1, 0.9, 0.92, 0.91]))).join()).not.toContain("Overfitting");
    const noisy = new History(epochsOf([2, 1, 0.5, 0.3, 0.2], [1, 0.9, 0.92, 0.91, 1.2]));
    expect(textsOf(noisy).join()).not.toContain("Overfitting");
    // Nor is it where the model does better on the validation data than in training, as with much dropout.
    const easier = new History(epochsOf([5, 4, 3.5, 3.2, 3.1], [2, 1, 1.2, 1.4, 1.6]));
    expect(textsOf(easier).join()).not.toContain("Overfitting");
  });

  it("findingsOf does not recommend early stopping for a run that used it", async () => {
    const history = new History(epochsOf([2, 1, 0.5, 0.2, 0.1], [2, 1, 1.2, 1.4, 1.6]));
    const stopping = earlyStopping({ patience: 3 });
    const run = { history, metrics: [], validation: dataset({ x: ones([1, 1]), y: ones([1, 1]) }) };
    const stop = (reason: string): void => {
      history.stopped = reason;
    };
    const all = { ...run, stop } as unknown as TrainingRun;
    await stopping.onTrainBegin?.(all);
    for (const record of history.epochs) await stopping.onEpochEnd?.(all, record);
    const text = textsOf(history).join();
    expect(text).toContain("Training stopped before its last epoch: validationLoss did not improve for");
    expect(text).toContain("falling. Dropout, a penalty or more data help.");
  });

  it("findingsOf reports a loss that was still falling, and a loss that hardly fell", () => {
    expect(textsOf(new History(epochsOf([3, 2, 1, 0.5, 0.4], [3, 2, 1, 0.6, 0.5])))[0]).toContain("was still falling");
    expect(textsOf(new History(epochsOf([2.3, 2.3, 2.29])))[0]).toContain("bad: The training loss hardly fell");
  });

  it("findingsOf does not compute ratios of a loss that is negative or 0", () => {
    for (const losses of [
      [-1, -1, -1],
      [-1, -2, -3],
      [0, 0, 0],
    ])
      expect(textsOf(new History(epochsOf(losses, losses)))).toEqual([]);
  });

  it("findingsOf reports measures that are not finite, without how far they fell or rose", () => {
    const nan = Number.NaN;
    expect(textsOf(new History(epochsOf([3, 2, 1, 0.9], [1, 0.9, nan, nan])))[0]).toBe(
      "bad: The validation loss is NaN since epoch 3.",
    );
    expect(textsOf(new History(epochsOf([1, 2, Infinity], [1, 2, Infinity])))).toEqual([
      "bad: The training loss is Infinity since epoch 3.",
      "bad: The validation loss is Infinity since epoch 3.",
    ]);
    expect(textsOf(new History(epochsOf([nan, 1, 1])))).toEqual(["bad: The training loss was NaN in epoch 1."]);
    const [texts] = textsOf(new History(epochsOf([3, 2, 1, 0.9], [nan, 0.9, nan, 0.8])));
    expect(texts).toBe("bad: The validation loss was NaN in epoch 1, and in 1 other.");
    const measured = { epoch: 0, loss: 1, validationMetrics: { rSquared: -Infinity }, steps: 1, seconds: 1 };
    expect(textsOf(new History([measured]))).toEqual(["bad: The validation r squared is -Infinity since epoch 1."]);
  });

  it("findingsOf reports vanishing and exploding gradients, and updates that are too small or too large", () => {
    expect(textsOf(new History([], seen([[1e-5, 1e-3, 1]])))[0]).toContain(
      "bad: Vanishing gradients: that of hidden1/kernel was 1.00e-5 in the median, that of hidden3/kernel 1.000.",
    );
    expect(textsOf(new History([], seen([[0.5, 0.7, 1]])))).toEqual([]);
    expect(textsOf(new History([], seen([[1], [1], [5000]])))[0]).toContain(
      "bad: Exploding gradients: that of hidden1/kernel reached 5000, usually it was 1.000.",
    );
    expect(textsOf(new History([], seen([[1], [1]], 0.5)))[0]).toContain("large updates");
    expect(textsOf(new History([], seen([[1], [1]], 1e-8)))[0]).toContain("hardly learnt any more");
  });

  it("findingsOf reports dead and saturated activations, but not the half of ReLU that should be flat", () => {
    const of = (activation: string, saturated: number, dead: number): readonly string[] =>
      textsOf(new History([], [{ step: 1, epoch: 1, activations: [{ layer: "a", activation, saturated, dead }] }]));
    expect(of("relu", 0.6, 0.1)).toEqual([]);
    expect(of("relu", 0.6, 0.4)[0]).toContain("Of the units of a (relu), 40.00 % were dead");
    expect(of("sigmoid", 0.6, 0)[0]).toContain("a (sigmoid) was flat for 60.00 % of its inputs");
  });

  it("findingsOf reports why a run stopped with one full stop, and numbers that are not finite, the worst first", () => {
    const history = new History(epochsOf([2, 1, 0.5]), [
      { step: 4, epoch: 1, variables: [{ name: "m/a/kernel", isNonFinite: true }] },
    ]);
    history.stopped = "enough";
    const texts = textsOf(history);
    history.stopped = "enough.";
    expect(textsOf(history)).toEqual(texts);
    expect(textsOf(history)).toEqual([
      "bad: In step 4, weights or gradients were no finite numbers: a/kernel.",
      "watch: Training stopped before its last epoch: enough.",
      "good: The training loss fell from 2.000 to 0.5000 in 3 epochs.",
    ]);
  });
});
