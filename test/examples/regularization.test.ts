import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample, type Change, onDigits, runProgram, seeded } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-regularization-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Adds a line behind the last lines of a program, which prints a report as JSON. */
const reporting = (end: string, report: string): Change => [end, `${end}\nconsole.log(JSON.stringify(${report}));`];

const run = async <Report>(name: string, changes: readonly Change[]): Promise<{ out: string; report: Report }> => {
  const { code, out, error } = await runProgram(await bundleExample(name, folder, changes), folder);
  expect([code, error]).toEqual([0, ""]);
  return { out, report: JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as Report };
};

/** The longest row of a kernel. */
const longestRow = (kernel: string): string =>
  `Math.max(...${kernel}.read().toArray().map((row) => Math.hypot(...row)))`;

describe("examples/freeze.ts on the digits, after examples/mnist.ts", () => {
  beforeAll(async () => {
    const mnist = await bundleExample("mnist", folder, [...onDigits, ["epoch < 20", "epoch < 10"]]);
    expect(await runProgram(mnist, folder)).toMatchObject({ code: 0, error: "" });
  });

  it("examples/freeze.ts trains the layers that are not frozen, on the cache", async () => {
    const end = 'console.log("validation accuracy:", accuracy(model.predict(validation.x), validation.y));';
    const before: Change = [
      "model.freeze(/hidden[12]/);",
      "const before = model.variables.map((variable) => variable.read().data.join());\nconst first = accuracy(model.predict(validation.x), validation.y);\nmodel.freeze(/hidden[12]/);",
    ];
    const { out, report } = await run<{ first: number; changed: string[]; shape: number[]; names: string[] }>(
      "freeze",
      [
        ...onDigits.slice(0, 2),
        ["batchSize: 50 }", "batchSize: 50, seed: 1 }"],
        before,
        reporting(
          end,
          `{ first, shape: inputs.x.shape, names: head.layers.map(({ name }) => name), changed:
          model.variables.filter((variable, index) => variable.read().data.join() !== before[index]).map(({ name }) => name) }`,
        ),
      ],
    );
    expect(report.changed).toEqual(["dnn/outputs/kernel", "dnn/outputs/bias"]);
    expect([report.shape, report.names]).toEqual([[1257, 100], ["outputs"]]);
    const trained = Number(/^validation accuracy: ([\d.]+)$/m.exec(out)?.[1]);
    expect(trained).toBeGreaterThan(0.75);
    expect(trained).toBeGreaterThan(report.first);
  });
});

describe("examples/regularize.ts on the digits", () => {
  it("examples/regularize.ts stops early with the best weights within the norms, and its loss includes the penalties", async () => {
    const { out, report } = await run<{
      accuracy: number;
      best: number;
      epochs: number;
      stopped: string;
      norms: number[];
      penalties: number[];
    }>("regularize", [
      ...onDigits,
      seeded,
      ["await fit(", "const history = await fit("],
      ["const model =", 'import { evaluate } from "gradus";\nconst model ='],
      reporting(
        "earlyStopping({ patience: 5, restoreBest: true })],\n});",
        `{ accuracy: evaluate(model, validation).accuracy, epochs: history.epochs.length, stopped: history.stopped,
           best: Math.min(...history.epochs.map(({ validationLoss }) => validationLoss)) - evaluate(model, validation).loss,
           norms: ["hidden1", "hidden2"].map((name) => ${longestRow('model.variable(name + "/kernel")')}),
           penalties: model.losses().map((penalty) => penalty.item()) }`,
      ),
    ]);
    expect(report.accuracy).toBeGreaterThan(0.95);
    expect(report.best).toBe(0);
    expect(report.stopped).toMatch(/^validationLoss did not improve for 5 epochs: the best was [\d.]+ in epoch \d+$/);
    expect(out.match(/^epoch +\d+\/100 /gm)).toHaveLength(report.epochs);
    for (const norm of report.norms) {
      expect(norm).toBeLessThan(1 + 1e-6);
      expect(norm).toBeGreaterThan(0.8);
    }
    expect(report.penalties).toHaveLength(2);
    for (const penalty of report.penalties) expect(penalty).toBeGreaterThan(1e-3);
  });
});

describe("examples/by-hand.ts on the digits", () => {
  it("examples/by-hand.ts computes, clips, applies and limits norms, step by step", async () => {
    interface Report {
      readonly losses: readonly number[];
      readonly whole: readonly [before: number, after: number];
      readonly norm: number;
      readonly initial: number;
      readonly bias: number;
      readonly steps: number;
    }
    // The loss of all examples: batches differ by more than six steps change it.
    const whole = "softmaxCrossEntropy(model.predict(train.x), train.y).item()";
    const { report } = await run<Report>("by-hand", [
      ...onDigits,
      seeded,
      [
        "for (const {",
        `const before = ${whole}, initial = ${longestRow("hidden1.kernel")};\nconst losses = [];\nfor (const {`,
      ],
      ["  if (loss.item() < 0.1) break;", "  losses.push(loss.item());\n  if (loss.item() < 0.1) break;"],
      reporting(
        "break;\n}",
        `{ losses, initial, whole: [before, ${whole}], norm: ${longestRow("hidden1.kernel")}, steps: optimizer.step,
             bias: Math.max(...hidden1.bias.read().toArray().map(Math.abs)) }`,
      ),
    ]);
    expect(report.steps).toBe(6);
    expect(report.losses).toHaveLength(6);
    expect(report.whole[1]).toBeLessThan(report.whole[0]);
    // The first weights, Glorot's, are longer than the limit.
    expect(report.initial).toBeGreaterThan(1.2);
    expect(report.norm).toBeLessThan(1 + 1e-6);
    expect(report.bias).toBeLessThanOrEqual(1);
    expect(report.bias).toBeGreaterThan(0);
  });
});
