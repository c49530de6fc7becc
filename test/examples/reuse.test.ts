import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { loadModel, type Sequential } from "gradus";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkpoint } from "../io/checkpointWriter.ts";
import { bundleExample, onDigits, runProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-reuse-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the variables of a model as a checkpoint of TensorFlow, under the names of a name_scope instead of a variable_scope. */
const writeCheckpoint = (model: Sequential): void => {
  const entries = model.variables.map(({ name, shape }) => {
    const value = model.variable(name).read().data;
    return [name.replace("dnn/", ""), { dtype: 1, shape, bytes: [...new Uint8Array(value.buffer)] }];
  });
  const { index, data } = checkpoint(Object.fromEntries(entries));
  writeFileSync(join(folder, "my_model_final.ckpt.index"), index);
  writeFileSync(join(folder, "my_model_final.ckpt.data-00000-of-00001"), data[0]);
};

beforeAll(async () => {
  const mnist = await bundleExample("mnist", folder, [...onDigits, ["epoch < 20", "epoch < 2"]]);
  expect(await runProgram(mnist, folder)).toMatchObject({ code: 0, error: "" });
  writeCheckpoint(await loadModel(join(folder, "my_model_final.safetensors")));
});

it("examples/reuse.ts on the digits, after examples/mnist.ts, lists the restored and the other variables", async () => {
  const program = await bundleExample("reuse", folder, [["inputShape: [784]", "inputShape: [64]"]]);
  const { code, out, error } = await runProgram(program, folder);
  expect([code, error]).toEqual([0, ""]);
  const restored = ["dnn/hidden1/kernel", "dnn/hidden1/bias", "dnn/hidden2/kernel", "dnn/hidden2/bias"];
  const reports = [
    { restored, missing: [], unexpected: [], shapeMismatch: [] },
    {
      restored,
      missing: ["dnn/new_hidden3/kernel", "dnn/new_hidden3/bias", "dnn/new_outputs/kernel", "dnn/new_outputs/bias"],
      unexpected: ["dnn/outputs/bias", "dnn/outputs/kernel"],
      shapeMismatch: [],
    },
  ];
  expect(out).toBe(`${reports.map((report) => inspect(report)).join("\n")}\n`);
});
