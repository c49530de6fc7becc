import {
  add,
  type CallOptions,
  checkpoints,
  Dense,
  Dropout,
  encodeCheckpoint,
  type FitOptions,
  fit,
  type History,
  Layer,
  type Loss,
  loadCheckpoint,
  loadDigits,
  type Metric,
  metric,
  mul,
  registerLayer,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  sqrt,
  sum,
  type Tensor,
  take,
} from "gradus";
import { describe, expect, it } from "vitest";

const { train: digits } = await loadDigits();
const data = take(digits, { to: 100 });

/** Dropout behind a door: streams of random numbers must be found inside of custom layers too. */
class Block extends Layer {
  readonly drop: Dropout = new Dropout({ name: "drop", rate: 0.3 });
  override get sublayers(): readonly Layer[] {
    return [this.drop];
  }
  build(): void {}
  call(input: Tensor, options?: CallOptions): Tensor {
    return this.drop.call(input, options);
  }
}
registerLayer("test.Block", Block);

const network = (): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [64],
    layers: [new Dense({ units: 8, activation: "relu" }), new Block(), new Dropout(), new Dense({ units: 10 })],
    seed: 1,
  });

const rows: Metric = metric({ name: "rows", statistics: ({ shape }) => [shape[0]], value: ([count]) => count });

/** Five steps in an epoch, three epochs. */
const options = { epochs: 3, batchSize: 20 };
const record = (history: History): unknown => history.epochs.map(({ seconds, ...rest }) => rest);

/** Trains; gives the last checkpoint, the bytes of what it has become, and the history or what it failed with. */
const trained = async (more: Partial<FitOptions> = {}, from?: Uint8Array) => {
  const begun = from ? await loadCheckpoint(from) : { model: network(), optimizer: new SGD({ learningRate: 0.1 }) };
  let last: Uint8Array | undefined;
  const callbacks = [
    checkpoints((bytes) => {
      last = bytes;
    }),
    ...(more.callbacks ?? []),
  ];
  const outcome: unknown = await fit(begun.model, data, {
    metrics: [rows],
    ...begun,
    ...options,
    ...more,
    callbacks,
  }).catch((error: unknown) => error);
  const { model, optimizer } = begun;
  return { outcome, last: last!, bytes: encodeCheckpoint({ model, optimizer }) };
};

const whole = await trained();

/** A loss that does something in its eighth call. */
const inStep8 = (act: (loss: Tensor, predictions: Tensor) => Tensor): Loss => {
  let calls = 0;
  return (predictions, labels) => {
    const loss = softmaxCrossEntropy(predictions, labels);
    return ++calls === 8 ? act(loss, predictions) : loss;
  };
};
const fails = (): never => {
  throw new Error("this fails");
};
let measured = 0;
const failing: Metric = metric({
  name: "failing",
  statistics: () => (++measured === 8 ? fails() : [1]),
  value: ([count]) => count,
});

describe("a step that fails", () => {
  it.each<[string, Partial<FitOptions>]>([
    ["a loss that is not a number", { loss: inStep8((loss) => mul(loss, Number.NaN)) }],
    ["a gradient that is not a number", { loss: inStep8((loss, p) => add(loss, mul(0, sum(sqrt(mul(p, 0)))))) }],
    ["a loss that throws", { loss: inStep8(fails) }],
    ["a metric that throws behind another one", { metrics: [rows, failing] }],
  ])(
    "a step that fails changes nothing, and the run resumes with the bits of one that never failed, after %s",
    async (_, more) => {
      const failed = await trained(more);
      expect(failed.outcome).toBeInstanceOf(Error);
      const { history } = await loadCheckpoint(failed.last);
      expect([history.place.epoch, history.place.progress?.batch]).toEqual([1, 2]);
      expect(history.place.progress?.metrics?.rows).toEqual([40]);
      if (more.metrics) return;
      const again = await trained({}, failed.last);
      expect(record(again.outcome as History)).toEqual(record(whole.outcome as History));
      expect(again.bytes).toEqual(whole.bytes);
    },
  );
});

it("a run resumes with the random streams of layers inside of others", async () => {
  const stopped = await trained({ callbacks: [{ onStep: (run) => void (run.optimizer.step === 7 && run.stop()) }] });
  expect((await trained({}, stopped.last)).bytes).toEqual(whole.bytes);
});
