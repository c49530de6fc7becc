import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { availableBackends, type Backend, getBackend, matmul, randomUniform, setBackend } from "../../../src/index.ts";

const before = getBackend();
afterEach(() => setBackend(before));

test("the fastest backend is in use", () => {
  expect(before).toBe(availableBackends().at(-1));
});

test("setBackend throws for a backend that does not exist", () => {
  expect(() => setBackend("gpu" as Backend)).toThrow(
    /^setBackend: the backend must be one .* got "gpu"\. Choose one of these\.$/,
  );
});

/** In another process: switching relaxed SIMD on lasts. */
const inChild = (program: string): string => {
  const tsx = fileURLToPath(new URL("../../../node_modules/tsx/dist/cli.mjs", import.meta.url));
  const index = new URL("../../../src/index.ts", import.meta.url).href;
  const code = `import { availableBackends, getBackend, matmul, setBackend, tensor } from ${JSON.stringify(index)};\n${program}`;
  return execFileSync(process.execPath, [tsx, "--conditions=gradus-source", "--input-type=module", "--eval", code], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
};

test("asking for relaxed SIMD switches it on where the engine hides it", () => {
  const output = inChild(`
    const hidden = !availableBackends().includes("relaxed-simd");
    setBackend("relaxed-simd");
    console.log(JSON.stringify([hidden, getBackend(), availableBackends(), matmul(tensor([[1, 2]]), tensor([[3], [4]])).item()]));
  `);
  const [hidden, backend, available, product] = JSON.parse(output);
  expect(hidden).toBe(Number(process.versions.node.split(".")[0]) < 22);
  expect([backend, available, product]).toEqual(["relaxed-simd", ["reference", "simd", "relaxed-simd"], 11]);
});

test("all backends agree on a product", () => {
  const [a, b] = [randomUniform([7, 300], { seed: 1 }), randomUniform([300, 9], { seed: 2 })];
  const results = availableBackends().map((backend) => {
    setBackend(backend);
    return matmul(a, b).data;
  });
  for (const result of results) {
    for (const [index, value] of result.entries()) expect(value).toBeCloseTo(results[0][index], 3);
  }
});
