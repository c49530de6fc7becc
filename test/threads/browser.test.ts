import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { sharedBrowser } from "../playground/browser.ts";
import { findChromium, openIn } from "./chromium.ts";

const chromium = findChromium();
const isRequired = process.env.GRADUS_REQUIRE_BROWSER !== undefined;
if (chromium === undefined) {
  console.warn(
    "test/threads/browser.test.ts: NOT RUN, because there is no Chromium or Chrome on the path. " +
      "Install one, or name it in CHROMIUM. With GRADUS_REQUIRE_BROWSER set this is a failure.",
  );
}

const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Trains, and says what threads there were and whether they changed a bit. */
const program = `
import * as gradus from "./src/index.ts";

const post = (value: unknown) => fetch("/", { method: "POST", body: JSON.stringify(value) });

const train = (): gradus.Tensor[] => {
  const model = new gradus.Sequential({
    inputShape: [784],
    layers: [new gradus.Dense({ units: 300, activation: "relu" }), new gradus.Dense({ units: 10 })],
    seed: 1,
  });
  const optimizer = new gradus.Adam({ learningRate: 0.01 });
  const x = gradus.randomUniform([50, 784], { seed: 2 });
  const y = gradus.tensor(Int32Array.from({ length: 50 }, (_, index) => index % 10));
  const losses: gradus.Tensor[] = [];
  for (let step = 0; step < 20; step++) {
    losses.push(optimizer.minimize(() => gradus.softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables));
  }
  return [...losses, ...model.variables.map((variable) => variable.read())];
};

const bits = (tensors: gradus.Tensor[]) => tensors.map(({ data }) => new Uint32Array(data.buffer).join()).join();

try {
  const alone = bits(train());
  const report: unknown[] = [];
  for (const count of [2, 3, 1, 2]) {
    const threads = await gradus.setThreads(count);
    report.push({ threads, status: gradus.getThreads(), same: bits(train()) === alone });
  }
  await post({ isolated: crossOriginIsolated, backend: gradus.getBackend(), report });
} catch (error) {
  await post({ error: String(error instanceof Error ? error.stack : error) });
}
`;

let script = "";
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: new URL("../..", import.meta.url).pathname, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["gradus-source"],
    write: false,
  });
  script = outputFiles[0].text;
});

test.runIf(isRequired)("there is a browser to test in", () => {
  expect(chromium).toBeDefined();
});

describe.runIf(chromium !== undefined)("a bundled page in Chromium", () => {
  const open = async (headers: Readonly<Record<string, string>>): Promise<unknown> =>
    openIn(await sharedBrowser(), { script, headers });

  test("a bundled page in Chromium that is cross-origin isolated computes with threads", async () => {
    const run = (threads: number): object => ({ threads, status: { threads }, same: true });
    expect(await open(isolated)).toEqual({
      isolated: true,
      backend: "relaxed-simd",
      report: [run(2), run(3), run(1), run(2)],
    });
  });

  /** What a page reports that gets one thread, and why. */
  const alone = (reason: string): unknown => {
    const asked = { threads: 1, status: { threads: 1, reason: expect.stringContaining(reason) }, same: true };
    return expect.objectContaining({
      report: [asked, asked, { threads: 1, status: { threads: 1 }, same: true }, asked],
    });
  };

  test("a bundled page in Chromium that is not isolated computes with one thread, and says which headers it needs", async () => {
    expect(await open({})).toEqual(alone("Cross-Origin-Opener-Policy: same-origin"));
  });

  test("a bundled page in Chromium whose policy forbids workers computes with one thread, and says why", async () => {
    const policy = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'";
    expect(await open({ ...isolated, "content-security-policy": policy })).toEqual(alone("worker-src blob:"));
  });

  test("a bundled page in Chromium whose policy forbids WebAssembly computes with one thread, and says why", async () => {
    const policy = "script-src 'self'; worker-src blob:";
    expect(await open({ ...isolated, "content-security-policy": policy })).toEqual(alone("has no WebAssembly SIMD"));
  });

  test("a bundled page in Chromium whose policy allows both computes with threads", async () => {
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";
    const report = (await open({ ...isolated, "content-security-policy": policy })) as { report: object[] };
    expect(report.report[0]).toEqual({ threads: 2, status: { threads: 2 }, same: true });
  });
});
