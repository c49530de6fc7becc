import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  accuracy,
  type Callback,
  checkpoints,
  csvLog,
  Dense,
  type FitOptions,
  fit,
  History,
  jsonLog,
  learningRateByEpoch,
  loadCheckpoint,
  loadDigits,
  metric,
  Sequential,
  SGD,
  take,
} from "gradus";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gradus-logs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { train: digits, validation } = await loadDigits();
const data = take(digits, { to: 100 });
const model = (): Sequential => new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  optimizer: new SGD({ learningRate: 0.1 }),
  epochs: 3,
  batchSize: 50,
  ...more,
});

const rowsOf = (path: string): string[][] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));

/** The run is broken off in this epoch, after the logs have written it and before a checkpoint could. */
const failsIn = (epoch: number): Callback => ({
  onEpochEnd: (run) => {
    if (run.epoch === epoch) throw new Error("power cut");
  },
});

describe("csvLog", () => {
  it("csvLog adds a line for every epoch, with all digits", async () => {
    const path = join(folder, "run.csv");
    const metrics = [metric({ name: 'rows, "all"', statistics: (_, y) => [y.size], value: ([rows]) => rows })];
    const seen: number[] = [];
    const watch: Callback = { onEpochEnd: () => void seen.push(readFileSync(path, "utf8").split("\n").length) };
    const callbacks = [csvLog(path), watch];
    const history = await fit(model(), data, options({ validation, metrics, callbacks }));
    expect(seen).toEqual([3, 4, 5]);
    const [head, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(head).toBe(
      'epoch,steps,seconds,learningRate,loss,accuracy,"rows, ""all""",validationLoss,validationAccuracy,"validationRows, ""all"""',
    );
    const last = lines[2].split(",").map(Number);
    const { steps, seconds, loss, validationLoss } = history.epochs[2];
    expect(last.slice(0, 5)).toEqual([2, steps, seconds, 0.1, loss]);
    expect([last[6], last[7], last[9]]).toEqual([100, validationLoss, validation.size]);
  });

  it("csvLog has every epoch once when a run resumes, whatever was in the file", async () => {
    const [path, run] = [join(folder, "again.csv"), join(folder, "run.safetensors")];
    writeFileSync(path, "of another run\n");
    const first = options({ callbacks: [csvLog(path), failsIn(1), checkpoints(run)] });
    await expect(fit(model(), data, first)).rejects.toThrow("power cut");
    expect(rowsOf(path).map(([epoch]) => epoch)).toEqual(["epoch", "0", "1"]);
    // As if the process had been killed: the log knows an epoch that the checkpoint does not.
    const again = await loadCheckpoint(run);
    const earlier = new History(again.history.epochs.slice(0, 1));
    const net = { ...again, history: earlier };
    await fit(again.model, data, options({ ...net, callbacks: [csvLog(path)] }));
    expect(rowsOf(path).map(([epoch]) => epoch)).toEqual(["epoch", "0", "1", "2"]);
  });

  it("csvLog writes the table again when there are new columns, and leaves cells empty", async () => {
    const pieces: [string, boolean][] = [];
    const log = csvLog((text, { append }) => void pieces.push([text, append]));
    const optimizer = new SGD({ learningRate: 0.1 });
    const net = model();
    const history = await fit(net, data, options({ optimizer, epochs: 1, callbacks: [log] }));
    await fit(net, data, options({ optimizer, epochs: 2, history, metrics: [accuracy], validation, callbacks: [log] }));
    expect(pieces.map(([, append]) => append)).toEqual([false, false]);
    const [head, first] = pieces[1][0].split("\n");
    expect(head).toBe("epoch,steps,seconds,learningRate,loss,accuracy,validationLoss,validationAccuracy");
    expect(first.endsWith(",,")).toBe(true);
  });

  it("csvLog throws without a target, and for a file that cannot be written", async () => {
    expect(() => csvLog(3 as never)).toThrow("csvLog: the target must be a path or a function, got 3.");
    expect(() => jsonLog("")).toThrow('jsonLog: the target must be a path or a function, got "".');
    const nowhere = join(folder, "none", "run.csv");
    await expect(fit(model(), data, options({ callbacks: [csvLog(nowhere)] }))).rejects.toThrow(
      `${nowhere}: the folder of a file must exist, got folder not found.`,
    );
  });
});

describe("jsonLog", () => {
  it("jsonLog writes the whole history after every epoch, and why it stopped", async () => {
    const path = join(folder, "run.json");
    const read = (): History => History.fromJSON(JSON.parse(readFileSync(path, "utf8")));
    const seen: number[] = [];
    const stop: Callback = {
      onEpochEnd: (run) => {
        seen.push(read().epochs.length);
        if (run.epoch === 1) run.stop("enough");
      },
    };
    const infinite = metric({ name: "infinite", statistics: () => [1], value: () => Number.POSITIVE_INFINITY });
    const history = await fit(model(), data, options({ metrics: [infinite], callbacks: [jsonLog(path), stop] }));
    expect(seen).toEqual([1, 2]);
    expect(read().epochs).toEqual(history.epochs);
    expect(read().last("infinite")).toBe(Number.POSITIVE_INFINITY);
    expect(read().stopped).toBe("enough");
  });

  it("jsonLog continues the history of the previous run", async () => {
    const texts: string[] = [];
    const callbacks = [jsonLog((text) => void texts.push(text))];
    const optimizer = new SGD({ learningRate: 0.1 });
    const net = model();
    const history = await fit(net, data, options({ optimizer, epochs: 1, callbacks }));
    await fit(net, data, options({ optimizer, history, callbacks }));
    expect(texts.map((text) => JSON.parse(text).epochs.length)).toEqual([1, 2, 3]);
  });
});

describe("learningRateByEpoch", () => {
  it("learningRateByEpoch sets the rate of an epoch, and not again when a run resumes within the epoch", async () => {
    const halved = () =>
      learningRateByEpoch((epoch, run) => (epoch === 0 ? undefined : run.optimizer.learningRate / 2));
    const rates = (history: History) => history.epochs.map(({ learningRate }) => learningRate);
    const whole = await fit(model(), data, options({ callbacks: [halved()] }));
    expect(rates(whole)).toEqual([0.1, 0.05, 0.025]);
    const files: Uint8Array<ArrayBuffer>[] = [];
    const stop: Callback = {
      onStep: (run) => {
        if (run.epoch === 1 && run.batch === 1) run.stop();
      },
    };
    await fit(model(), data, options({ callbacks: [halved(), stop, checkpoints((bytes) => void files.push(bytes))] }));
    const again = await loadCheckpoint(files.at(-1) as Uint8Array<ArrayBuffer>);
    expect(rates(await fit(again.model, data, options({ ...again, callbacks: [halved()] })))).toEqual(rates(whole));
    expect(() => learningRateByEpoch(0.1 as never)).toThrow(
      "learningRateByEpoch: the argument must be a function (epoch, run) => rate, got 0.1.",
    );
  });
});
