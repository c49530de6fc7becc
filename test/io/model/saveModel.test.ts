import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchNorm,
  DataError,
  Dense,
  decodeSafetensors,
  encodeSafetensors,
  ones,
  restore,
  Sequential,
  saveModel,
  zeros,
} from "gradus";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gradus-"));
afterAll(() => rmSync(folder, { recursive: true }));

const build = (seed: number): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape: [4],
    layers: [
      new Dense({ name: "hidden1", units: 3 }),
      new BatchNorm({ name: "bn1" }),
      new Dense({ name: "outputs", units: 2 }),
    ],
    seed,
  });

const values = (model: Sequential): unknown => model.variables.map((variable) => [...variable.read().data]);

describe("saveModel", () => {
  const path = join(folder, "model.safetensors");

  it("saveModel writes all variables under their names, and restore reads them", async () => {
    const model = build(1);
    await saveModel(model, path);
    const { tensors, metadata } = decodeSafetensors(readFileSync(path));
    expect([...tensors.keys()]).toEqual(model.variables.map(({ name }) => name));
    expect(tensors.has("dnn/bn1/moving_variance")).toBe(true);
    expect(metadata).toMatchObject({ format: "gradus", version: "2", model: "dnn" });
    expect(Object.keys(metadata)).toEqual(["format", "version", "model", "architecture"]);
    const other = build(2);
    expect(values(other)).not.toEqual(values(model));
    const report = await restore(other, path);
    expect(values(other)).toEqual(values(model));
    expect(report).toEqual({
      restored: model.variables.map(({ name }) => name),
      missing: [],
      unexpected: [],
      shapeMismatch: [],
    });
    // Only the file: the temporary file is gone.
    expect(readdirSync(folder)).toEqual(["model.safetensors"]);
  });

  it("restore assigns variables that match, and reports the others", async () => {
    await saveModel(build(1), path);
    const other = build(2);
    const [kernel] = [...other.variable("outputs/kernel").read().data];
    const report = await restore(other, path, { match: /hidden1/ });
    expect(report.restored).toEqual(["dnn/hidden1/kernel", "dnn/hidden1/bias"]);
    expect(other.variable("outputs/kernel").read().data[0]).toBe(kernel);
  });

  it("restore throws for files that do not fit, and then changes nothing", async () => {
    const model = build(3);
    const start = values(model);
    const odd = join(folder, "odd.safetensors");
    writeFileSync(
      odd,
      encodeSafetensors(
        new Map([
          ["dnn/hidden1/kernel", ones([3, 4])],
          ["w", zeros([1])],
        ]),
      ),
    );
    await expect(restore(model, odd)).rejects.toThrow(
      /odd\.safetensors: every variable needs a value of its name, shape and dtype, got no value for dnn\/hidden1\/bias.*no variable for w/,
    );
    writeFileSync(odd, encodeSafetensors(new Map(), { metadata: { format: "gradus", version: "3" } }));
    await expect(restore(model, odd)).rejects.toThrow(
      `${odd}: the version of the file must be 1 or 2, got 3. Use a newer gradus.`,
    );
    writeFileSync(odd, readFileSync(path).subarray(0, 500));
    await expect(restore(model, odd)).rejects.toThrow(DataError);
    await expect(restore(model, join(folder, "none"))).rejects.toThrow("the file must exist");
    expect(values(model)).toEqual(start);
  });

  it("saveModel throws for a model without variables, and for a missing folder", async () => {
    const empty = new Sequential({ name: "late", layers: [new Dense({ units: 1 })] });
    await expect(saveModel(empty, path)).rejects.toThrow(
      'saveModel: the model must have variables, got none in "late". Give it an inputShape, or call it once.',
    );
    await expect(saveModel(build(1), join(folder, "none", "x"))).rejects.toThrow("the folder of a file must exist");
  });
});
