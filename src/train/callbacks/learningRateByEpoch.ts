import { checkOption, functionLike, required } from "../../base/options.ts";
import type { Callback, TrainingRun } from "./callback.ts";

/**
 * A callback that sets the learning rate at the beginning of every epoch, for rates that depend on the epoch or on the
 * results so far; it takes the place of a schedule, which goes by steps. `run.optimizer.learningRate` is the rate so
 * far. In a run that resumes within an epoch, the rate stays what it was.
 * @param rateOf Gives the rate of an epoch (from 0); undefined leaves it as it is.
 * @throws ValueError when it is not a function; while training, for a rate that is negative or not a number.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const callbacks = [learningRateByEpoch((epoch) => 0.5 * 0.9 ** epoch)];
 * const history = await fit(model, train, { optimizer: new SGD({ learningRate: 0.5 }), epochs: 3, callbacks });
 * history.last("learningRate"); // 0.405
 */
export const learningRateByEpoch = (rateOf: (epoch: number, run: TrainingRun) => number | undefined): Callback => {
  checkOption("learningRateByEpoch", "the argument", rateOf, required(functionLike("(epoch, run) => rate")));
  return {
    onEpochBegin: (run) => {
      if (run.batch > 0) return;
      const rate = rateOf(run.epoch, run);
      if (rate !== undefined) run.optimizer.learningRate = rate;
    },
  };
};
