import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digitsData, labOf } from "../../study/data.ts";
import { experiments } from "../../study/experiments.ts";
import { runExperiment } from "../../study/run.ts";
import { tableOf } from "../../study/table.ts";
import { bundleProgram } from "../train/bundle.ts";

describe("the study in its quickest form, on the digits", async () => {
  const data = await digitsData();
  const labs = [1, 2].map((seed) => labOf(data, seed, true));

  for (const [key, experiment] of Object.entries(experiments)) {
    it(`the study runs ${key}: every variant for every seed, and a verdict for every claim`, async () => {
      const reported: string[] = [];
      const report = await runExperiment(experiment, labs, {
        begin: (name) => reported.push(name),
        done: (run) => reported.push(run),
        end: () => {},
      });
      const names = Object.keys(experiment.variants);
      expect(reported).toEqual([
        experiment.name,
        ...labs.flatMap(({ seed }) => names.map((variant) => `${variant}, seed ${seed}`)),
      ]);
      expect(Object.keys(report.variants)).toEqual(names);
      for (const [name, { accuracy, seconds, loss }] of Object.entries(report.variants)) {
        expect(seconds.length).toBe(2);
        for (const time of seconds) expect(time).toBeGreaterThan(0);
        if (name.endsWith(" alone")) continue;
        expect([accuracy.length, loss.length]).toEqual([2, 2]);
        for (const value of accuracy) expect(value >= 0 && value <= 1).toBe(true);
      }
      expect(report.rows.length).toBe(experiment.claims.length);
      for (const { verdict, quote, question } of report.rows) {
        expect(["held", "did not hold", "within noise"]).toContain(verdict);
        expect(tableOf(report)).toContain(`| ${quote} | ${question} |`);
      }
      if (key === "caching") expect(report.rows[1].verdict).toBe("held");
      if (key === "batchNorm") expect(report.rows.at(-1)?.verdict).toBe("did not hold");
      if (key === "optimizers") expect(Object.keys(report.choices).length).toBe(6);
    });
  }

  it("the study trains each seed on its own images, and measures on others", () => {
    expect([...labs[0].train.y.data]).not.toEqual([...labs[1].train.y.data]);
    expect(labs[0].validation).toBe(data.validation);
    expect(data.train.size + data.validation.size).toBe(1797);
  });
});

describe("npm run study", () => {
  const folder = mkdtempSync(join(tmpdir(), "gradus-study-"));
  /** The study and the library in one file, which starts faster than the sources. */
  const bundled = join(folder, "study.mjs");
  beforeAll(() => bundleProgram("study/main.ts", bundled));
  afterAll(() => rmSync(folder, { recursive: true }));

  const fromSources = ["--import", "tsx", "--conditions=gradus-source", "study/main.ts"];
  const run = (program: readonly string[], options: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [...program, "--quick", ...options], { encoding: "utf8" });
  const study = (...options: string[]): ReturnType<typeof spawnSync> => run([bundled], options);

  it("npm run study prints its table and writes JSON", () => {
    const [json, out] = [join(folder, "study.json"), join(folder, "study.md")];
    const { status, stdout, stderr } = study("--only", "initializers", "--json", json, "--out", out);
    expect(stderr).toContain("10/10 runs");
    expect(status).toBe(0);
    expect(readFileSync(out, "utf8")).toBe(stdout);
    expect(stdout).toContain("| the note says | measured | mean [95 % interval] | verdict |");
    const { seeds, data, experiments: reports } = JSON.parse(readFileSync(json, "utf8"));
    expect([seeds, data, Object.keys(reports)]).toEqual([2, "the built-in digits", ["initializers"]]);
    expect(reports.initializers.rows.length).toBe(4);
    expect(reports.initializers.rows[0].region).toEqual([0, "Infinity"]);
  });

  it("npm run study throws for unknown options", () => {
    expect(run(fromSources, ["--only", "depths"]).stderr).toContain("--only must name experiments (depth, units,");
    expect(study("--seeds", "1").stderr).toContain("--seeds must be a whole number from 2, got 1");
    expect(study("--sed", "1").status).not.toBe(0);
  });
});
