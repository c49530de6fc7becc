import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample, runProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-tables-"));
beforeAll(() => cpSync("data/tabular", join(folder, "data/tabular"), { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (name: string): Promise<string> => {
  const { code, out, error } = await runProgram(await bundleExample(name, folder, []), folder);
  expect([code, error]).toEqual([0, ""]);
  return out;
};
const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);

describe("the examples on tables", () => {
  it("examples/iris.ts predicts the species, also after loading", async () => {
    const out = await run("iris");
    expect(numberIn(out, /test accuracy: ([\d.]+)/)).toBeGreaterThanOrEqual(0.93);
    expect(out).toContain("species: 'setosa'");
    expect(numberIn(out, /setosa: ([\d.]+)/)).toBeGreaterThan(0.99);
  });

  it("examples/breast-cancer.ts measures by folds, then once by the test", async () => {
    const out = await run("breast-cancer");
    expect(out.match(/^validation: (?:[\d.]+ ){5}mean: [\d.]+$/m)).not.toBeNull();
    expect(numberIn(out, /mean: ([\d.]+)/)).toBeGreaterThan(0.96);
    expect(numberIn(out, /test accuracy: ([\d.]+)/)).toBeGreaterThan(0.93);
  });

  it("examples/regression.ts explains most of the variance, and fills missing values", async () => {
    const out = await run("regression");
    expect(numberIn(out, /color_intensity: R² ([\d.]+)/)).toBeGreaterThan(0.7);
    expect(numberIn(out, /petal_width_cm: R² ([\d.]+)/)).toBeGreaterThan(0.9);
    const widths = [...out.matchAll(/\{ petal_width_cm: ([\d.]+) \}/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(2);
    for (const width of widths) expect(Math.abs(width - 1.95)).toBeLessThan(0.4);
    expect(widths[0]).not.toBe(widths[1]);
  });

  it("text: tells languages apart by bags of pieces of words", async () => {
    const out = await run("text");
    expect(numberIn(out, /; ([\d.]+) % of x is not zero/)).toBeLessThan(0.5);
    expect(numberIn(out, /test accuracy: ([\d.]+)/)).toBeGreaterThan(0.8);
    expect(out).toMatch(/glasses\? → english\nWo.*→ german\nOù.*→ french\n$/);
  });

  it("wide-and-deep: answers two questions from two sets of measurements", async () => {
    const out = await run("wide-and-deep");
    expect(numberIn(out, /test accuracy: ([\d.]+)/)).toBeGreaterThan(0.93);
    expect(numberIn(out, /R² of the colour: ([\d.]+)/)).toBeGreaterThan(0.5);
  });

  it("residual: recognizes digits with blocks of convolutions that have a way around", async () => {
    const file = await bundleExample("residual", folder, [["epochs: 15", "epochs: 6"]]);
    const { code, out, error } = await runProgram(file, folder);
    expect([code, error]).toEqual([0, ""]);
    expect(numberIn(out, /test accuracy: ([\d.]+)/)).toBeGreaterThan(0.8);
  });

  it("embedded: predicts with vectors of towns, also for a town that it does not know", async () => {
    const out = await run("embedded");
    expect(numberIn(out, /one-hot: 122 features, R² ([\d.]+)/)).toBeGreaterThan(0.9);
    expect(numberIn(out, /embedded: 5 features, R² ([\d.]+)/)).toBeGreaterThan(0.97);
    expect(out.match(/rent: [\d.]+/g)).toHaveLength(2);
  });

  it("sequence: tells languages apart by the mean of embeddings", async () => {
    const out = await run("sequence");
    expect(numberIn(out, /test accuracy: ([\d.]+)/)).toBeGreaterThan(0.8);
    expect(out).toMatch(/glasses\? → english\nWo.*→ german\nOù.*→ french\n$/);
  });
});
