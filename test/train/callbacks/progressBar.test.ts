import { afterEach, describe, expect, it, vi } from "vitest";
import type { TrainingRun } from "../../../src/train/callbacks/callback.ts";
import { progressBar } from "../../../src/train/callbacks/progressBar.ts";
import type { EpochRecord } from "../../../src/train/history/epochRecord.ts";
import { formatPercent, formatSeconds, shortNumber } from "../../../src/train/history/numberText.ts";

const run = { epochs: 20, epoch: 2, batches: 100, batch: 25, loss: 0.000123 } as TrainingRun;

const record: EpochRecord = {
  epoch: 2,
  loss: 0.23456,
  accuracy: 0.93204,
  validationLoss: 0.21,
  validationAccuracy: 0.9402,
  steps: 1100,
  seconds: 1.023,
};

/** What is written while one epoch of a run goes by. */
const written = (terminal: { isTTY?: boolean; columns?: number }, live?: boolean): string => {
  const pieces: string[] = [];
  const output = { ...terminal, write: (text: string) => pieces.push(text) };
  const bar = progressBar({ output, ...(live === undefined ? {} : { live }) });
  bar.onTrainBegin?.(run);
  bar.onStep?.(run);
  bar.onStep?.(run);
  bar.onEpochEnd?.(run, record);
  bar.onTrainEnd?.(run);
  return pieces.join("");
};

describe("progressBar", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
  });

  const line =
    "epoch  3/20  loss 0.2346   accuracy  93.20 %  validation loss 0.2100   accuracy  94.02 %  1.02 s, 0.930 ms/step\n";

  it("progressBar writes one plain line per epoch without a terminal", () => {
    expect(written({})).toBe(line);
  });

  it("progressBar writes plain lines in CI, also on a terminal", () => {
    vi.stubEnv("CI", "true");
    expect(written({ isTTY: true })).toBe(line);
  });

  it("progressBar writes plain lines on a terminal that cannot overwrite a line", () => {
    vi.stubEnv("CI", "");
    vi.stubEnv("TERM", "dumb");
    expect(written({ isTTY: true })).toBe(line);
    expect(written({ isTTY: true }, true)).toContain("\r");
  });

  it("progressBar moves a bar on a terminal, within its width, and not with every step", () => {
    vi.stubEnv("CI", "");
    vi.stubEnv("TERM", "xterm");
    const text = written({ isTTY: true, columns: 60 });
    const bars = text.split("\r\u001b[2K").filter((part) => part.includes("━"));
    expect(bars).toHaveLength(1);
    expect(bars[0]).toMatch(/^epoch {2}3\/20 ━{4}─{12} 25\/100 {2}loss 1\.23e-4 /);
    expect(bars[0].length).toBe(59);
    // The bar is gone before the line is written.
    expect(text).toContain(`\r\u001b[2K${line}`);
    expect(written({ columns: 200 }, true)).toMatch(/steps\/s {2}\S+( m?s)? left/);
  });

  it("progressBar writes to the console without standard output", () => {
    const lines: string[] = [];
    vi.stubGlobal("process", undefined);
    vi.stubGlobal("console", { log: (text: string) => lines.push(text) });
    const bar = progressBar({ live: false });
    bar.onEpochEnd?.(run, record);
    vi.unstubAllGlobals();
    expect(lines).toEqual([line.trimEnd()]);
  });

  it("progressBar leaves out measures that are missing", () => {
    const pieces: string[] = [];
    progressBar({ output: { write: (text) => pieces.push(text) } }).onEpochEnd?.(run, {
      epoch: 0,
      loss: 0,
      steps: 10,
      seconds: 0.5,
    });
    expect(pieces).toEqual(["epoch  1/20  loss 0        0.50 s, 50.0 ms/step\n"]);
  });
});

describe("format", () => {
  it("numbers of the progress have a useful number of digits", () => {
    const numbers = [0, 0.1, 1 / 3, 12.3456, 999.99, 1234.5, 123456, 1e7, 0.001, 0.000123456, -2.5, Number.NaN];
    expect(numbers.map(shortNumber)).toEqual(
      "0 0.1000 0.3333 12.35 1000 1235 123456 1.00e+7 0.001000 1.23e-4 -2.500 NaN".split(" "),
    );
    expect([0, 0.5, 0.96718, 1].map(formatPercent)).toEqual(["0.00 %", "50.00 %", "96.72 %", "100.00 %"]);
    expect([0.004, 9.99, 42.13, 59.96, 185, 3729].map(formatSeconds)).toEqual(
      "4.00 ms|9.99 s|42.1 s|1:00|3:05|1:02:09".split("|"),
    );
  });
});
