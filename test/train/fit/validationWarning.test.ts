import {
  type Callback,
  Dense,
  dataset,
  type EpochRecord,
  earlyStopping,
  type FitOptions,
  fit,
  History,
  mean,
  meanSquaredError,
  minibatches,
  progressBar,
  Sequential,
  SGD,
  square,
  sub,
  tensor,
} from "gradus";
import { textReport } from "gradus/report";
import { describe, expect, it } from "vitest";

/** What a run says of a validation loss that is not finite. */

const train = dataset({ x: tensor([[1], [2], [3]]), y: tensor([[1], [2], [3]]), name: "lengths" });
const held = (x: number[], y: number[] = x): FitOptions["validation"] =>
  dataset({
    x: tensor(x.map((value) => [value])),
    y: tensor(y.map((value) => [value])),
    name: "held-out lengths",
  });

const model = (): Sequential => new Sequential({ inputShape: [1], layers: [new Dense({ units: 1 })], seed: 1 });

const run = async (
  validation: FitOptions["validation"],
  more: Partial<FitOptions> = {},
  trained = model(),
): Promise<{ readonly history: History; readonly printed: readonly string[] }> => {
  const printed: string[] = [];
  const output = { write: (line: string) => void printed.push(line.trimEnd()) };
  const history = await fit(trained, train, {
    optimizer: new SGD({ learningRate: 0.01 }),
    loss: meanSquaredError,
    epochs: 3,
    validation,
    ...more,
    callbacks: [progressBar({ output, live: false }), ...(more.callbacks ?? [])],
  });
  return { history, printed };
};

const warnings = ({ epochs }: History): readonly (string | undefined)[] => epochs.map(({ warning }) => warning);

describe("a validation loss that is not finite", () => {
  it("progress, history and report name a NaN in the validation data in the epoch where it begins", async () => {
    const { history, printed } = await run(held([1, 2, Number.NaN, Number.NaN], [1, 2, 3, 4]));
    const warning = "the validation loss is NaN, first for example 2 of held-out lengths: its x holds NaN";
    expect(warnings(history)).toEqual([warning, undefined, undefined]);
    expect(printed.map((line) => line.endsWith(`/step  ${warning}`))).toEqual([true, false, false]);
    expect(String(history)).toContain(`; epoch 1: ${warning}`);
    expect(warnings(History.fromJSON(JSON.parse(JSON.stringify(history))))).toEqual(warnings(history));
    expect(textReport(history).replace(/\s+/g, " ")).toContain(
      "The validation loss is NaN since epoch 1, first for example 2 of held-out lengths: its x holds NaN.",
    );
  });

  it("a validation loss that is not finite names targets, outputs or losses at fault, in large and small batches and sources", async () => {
    const { history } = await run(held([1, 2], [1, Number.POSITIVE_INFINITY]), { batchSize: 1 });
    expect(warnings(history)[0]).toBe(
      "the validation loss is Infinity, first for example 1 of held-out lengths: its y holds Infinity",
    );
    const long = Array.from({ length: 600 }, (_, row) => (row === 555 ? Number.NaN : 1));
    expect(warnings((await run(held(long))).history)[0]).toContain("example 555 of held-out lengths: its x holds NaN");
    const source = (): Iterable<{ x: ReturnType<typeof tensor>; y: ReturnType<typeof tensor> }> =>
      minibatches(held([1, 1, 1, Number.NaN]) as typeof train, { batchSize: 2, shuffle: false });
    expect(warnings((await run(source)).history)[0]).toBe(
      "the validation loss is NaN, first for example 3 of the validation data: its x holds NaN",
    );
    const overflowing = await run(held([1, 3e38], [1, -3e38]), {}, model());
    expect(warnings(overflowing.history)[0]).toMatch(
      /example 1 of held-out lengths: (its loss is|the model outputs) -?Infinity/,
    );
    // A custom loss may not give the losses of examples.
    const loss: FitOptions["loss"] = (predictions, targets) => mean(square(sub(predictions, targets)));
    expect(warnings((await run(held([1, Number.NaN]), { loss })).history)[0]).toContain(
      "example 1 of held-out lengths",
    );
  });

  it("a validation loss that is not finite is reported again when it begins again, also in a run that resumes", async () => {
    let epoch = 0;
    const sources = [held([1]), held([Number.NaN]), held([Number.NaN]), held([1]), held([Number.NaN])];
    const validation = (): Iterable<{ x: ReturnType<typeof tensor>; y: ReturnType<typeof tensor> }> =>
      minibatches(sources[epoch++] as typeof train, { shuffle: false });
    const { history } = await run(validation, { epochs: 5 });
    expect(warnings(history).map((warning) => warning !== undefined)).toEqual([false, true, false, false, true]);
    const trained = model();
    const optimizer = new SGD({ learningRate: 0.01 });
    const first = await run(held([Number.NaN]), { optimizer, epochs: 1 }, trained);
    const second = await run(held([Number.NaN]), { optimizer, history: first.history, epochs: 2 }, trained);
    expect(warnings(second.history).map((warning) => warning !== undefined)).toEqual([true, false]);
  });

  it("earlyStopping treats NaN and infinite losses as worse than any other", async () => {
    const values = [Number.POSITIVE_INFINITY, 3, Number.NaN, Number.NEGATIVE_INFINITY];
    const records = values.map(
      (validationLoss, epoch): EpochRecord => ({ epoch, loss: 1, validationLoss, steps: 1, seconds: 1 }),
    );
    const callback = earlyStopping({ patience: 2 }) as Required<Callback>;
    const reasons: unknown[] = [];
    const state = { model: model(), metrics: [], validation: train, stop: (reason: string) => reasons.push(reason) };
    callback.onTrainBegin(state as never);
    for (const record of records) callback.onEpochEnd(state as never, record);
    expect(reasons).toEqual(["validationLoss did not improve for 2 epochs: the best was 3.000 in epoch 2"]);
  });
});
