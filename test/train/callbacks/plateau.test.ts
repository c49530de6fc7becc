import {
  type Callback,
  Dense,
  encodeCheckpoint,
  fit,
  loadCheckpoint,
  loadDigits,
  Momentum,
  reduceOnPlateau,
  Sequential,
  take,
} from "gradus";
import { describe, expect, it } from "vitest";

const data = take((await loadDigits()).train, { to: 100 });
const options = { epochs: 6, batchSize: 20 };

const begin = () => {
  const rate = reduceOnPlateau({ schedule: 0.1, factor: 0.5, patience: 1, minDelta: 9, monitor: "loss" });
  const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
  return { rate, model, optimizer: new Momentum({ learningRate: rate, momentum: 0.9 }) };
};

describe("a run whose rate is reduced on plateaus", () => {
  it("a run whose rate is reduced on plateaus resumes with the rate and the number of epochs without improvement", async () => {
    const { rate, ...whole } = begin();
    await fit(whole.model, data, { ...whole, ...options, callbacks: [rate] });
    expect(rate.reductions).toBe(5);
    const { rate: first, ...part } = begin();
    const stop: Callback = {
      onStep: (run) => {
        if (run.optimizer.step === 17) run.stop();
      },
    };
    const half = await fit(part.model, data, { ...part, ...options, callbacks: [first, stop] });
    expect(first.reductions).toBe(2);
    const bytes = encodeCheckpoint({ ...part, history: half });
    const run = await loadCheckpoint(bytes);
    // Also without the callback, the rate is what it had become.
    expect(run.optimizer.learningRate).toBe(0.025);
    const { rate: second } = begin();
    await fit(run.model, data, { ...run, ...options, callbacks: [second] });
    expect(second.reductions).toBe(5);
    expect(run.optimizer.learningRate).toBe(whole.optimizer.learningRate);
    const final = ({ model, optimizer }: Pick<typeof run, "model" | "optimizer">) =>
      encodeCheckpoint({ model, optimizer });
    expect(final(run)).toEqual(final(whole));
  });
});
