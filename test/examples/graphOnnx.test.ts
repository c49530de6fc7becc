import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { bundleExample, runProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-graph-onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("examples/graph-onnx.ts writes a file that predicts like the model, and trains what it reads back", async () => {
  const program = await bundleExample("graph-onnx", folder, []);
  const { code, out, error } = await runProgram(program, folder);
  expect({ code, error }).toEqual({ code: 0, error: "" });
  const [model, file] = ["model", "file"].map(
    (what) => new RegExp(`test accuracy of the ${what}: ([\\d.]+)`).exec(out)?.[1],
  );
  expect(Number(model)).toBeGreaterThan(0.3);
  expect(file).toBe(model);
  expect(out).toContain("'x', 'dnn/hidden1', 'dnn/relu', 'dnn/outputs', 'logits'");
  // 64·32 + 32 + 32·2 + 2 weights of 4 bytes, and the nodes.
  const bytes = Number(/bytes of the extended model: (\d+)/.exec(out)?.[1]);
  expect(bytes - 4 * (64 * 32 + 32 + 32 * 2 + 2)).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(10_000);
  expect(existsSync(join(folder, "net.safetensors"))).toBe(true);
});
