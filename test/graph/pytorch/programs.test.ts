import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { savePyTorch } from "../../../src/graph/index.ts";
import { handoverCases } from "./cases.ts";

/**
 * The programs of some runs, as text. They are made again with `npx vitest run test/graph/pytorch -u`; then
 * test/references/handover.py has to compare them with gradus in PyTorch, which tests cannot.
 */
const models = ["cnn", "nested", "frozen", "batch norm of PyTorch"];

/** Of all but the first, the part that is not the same in every run. */
const trainings = ["Adam", "nested", "Lion", "NAdam", "linearWarmUp to cosineDecay", "clipByGlobalNorm"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-pytorch-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a run. @returns The text of a file. */
const written = async (name: string): Promise<(file: string) => string> => {
  const { model, optimizer, data, loss } = handoverCases.find((run) => run.name === name)!;
  const path = join(folder, name);
  await savePyTorch({ model: model(), optimizer: optimizer(), data, ...(loss && { loss }) }, path);
  return (file) => readFileSync(join(path, file), "utf8");
};

describe("the programs that savePyTorch writes", () => {
  test.each(models)("model.py of the run %s is the one that PyTorch was compared with", async (name) => {
    const read = await written(name);
    await expect(read("model.py")).toMatchFileSnapshot(`programs/model-${name.replaceAll(" ", "-")}.py`);
  });

  test.each(trainings)("train.py of the run %s is the one that PyTorch was compared with", async (name) => {
    const text = (await written(name))("train.py");
    const part = name === trainings[0] ? text : text.slice(text.indexOf("FOLDER ="), text.indexOf("\n\ndef load_data"));
    await expect(part).toMatchFileSnapshot(`programs/train-${name.replaceAll(" ", "-")}.py`);
  });

  test.each(handoverCases.map(({ name }) => name))(
    "the programs of the run %s hold no value of JavaScript",
    async (name) => {
      const read = await written(name);
      for (const file of ["model.py", "train.py", "README.txt"]) {
        expect(read(file)).not.toMatch(/\b(undefined|NaN|null|true|false)\b|\[object|=>/);
        expect(read(file)).toMatch(/[^\n]\n$/);
      }
    },
  );
});
