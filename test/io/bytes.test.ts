import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type * as Gradus from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gradus-browser-"));
let gradus: typeof Gradus;
beforeAll(async () => {
  const outdir = folder;
  await build({
    entryPoints: { gradus: new URL("../../src/index.ts", import.meta.url).pathname },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    conditions: ["gradus-source"],
  });
  gradus = (await import(/* @vite-ignore */ join(outdir, "gradus.mjs"))) as typeof Gradus;
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the build for browsers", () => {
  it("the build for browsers saves and loads bytes, and names the functions for bytes when it receives a path", async () => {
    const { Adam, checkpoints, Dense, encodeModel, fit, loadCheckpoint, loadDigits, loadModel, ones, Sequential } =
      gradus;
    const { train } = await loadDigits();
    const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
    const optimizer = new Adam();
    let kept: Uint8Array<ArrayBuffer> = new Uint8Array();
    const keep = checkpoints((bytes) => {
      kept = bytes;
    });
    await fit(model, train, { optimizer, epochs: 1, callbacks: [keep] });
    const x = ones([1, 64]);
    const expected = model.predict(x).data;
    for (const source of [new Blob([encodeModel(model)]), encodeModel(model).buffer, kept]) {
      expect((await loadModel(source)).predict(x).data).toEqual(expected);
    }
    const run = await loadCheckpoint(new Blob([kept]));
    expect(run.optimizer.step).toBe(optimizer.step);
    expect((await fit(run.model, train, { ...run, epochs: 2 })).epochs.length).toBe(2);
    const noFiles = "files must be read and written in Node, got a platform without files.";
    const write = `${noFiles} Make it with encodeModel, encodeCheckpoint, encodeSafetensors or renderReport, and keep that.`;
    const read = `${noFiles} Pass the bytes (an ArrayBuffer or a Blob) instead of a path.`;
    await expect(gradus.saveModel(model, "a")).rejects.toThrow(`a: ${write}`);
    await expect(gradus.saveCheckpoint({ model, optimizer }, "a")).rejects.toThrow(`a: ${write}`);
    await expect(fit(model, train, { optimizer, epochs: 1, callbacks: [checkpoints("a")] })).rejects.toThrow(
      `a: ${noFiles} Pass a function that keeps what is written.`,
    );
    await expect(loadModel("a")).rejects.toThrow(`a: ${read}`);
    await expect(loadCheckpoint("a", { optional: true })).rejects.toThrow(`a: ${read}`);
  });
});
