import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { sharedBrowser } from "../playground/browser.ts";
import { findChromium, openIn } from "../threads/chromium.ts";

const chromium = findChromium();
const isRequired = process.env.GRADUS_REQUIRE_BROWSER !== undefined;
if (chromium === undefined) {
  console.warn(
    "test/package/page.test.ts: NOT RUN, because there is no Chromium or Chrome on the path. " +
      "Install one, or name it in CHROMIUM. With GRADUS_REQUIRE_BROWSER set this is a failure.",
  );
}

/** A program that trains without initializing, in the page or in the module worker that it starts from the same file. */
const program = (inWorker: boolean): string => `
import * as gradus from "./src/index.ts";

const post = (value: unknown) => fetch("/", { method: "POST", body: JSON.stringify(value) });

const train = async () => {
  const { train, test } = await gradus.loadDigits();
  const model = new gradus.Sequential({
    inputShape: [64],
    layers: [new gradus.Dense({ units: 32, activation: "relu" }), new gradus.Dense({ units: 10 })],
    seed: 1,
  });
  const optimizer = new gradus.Momentum({ learningRate: 0.1, momentum: 0.9 });
  await gradus.fit(model, train, { optimizer, epochs: 3, batchSize: 50, seed: 1 });
  return {
    where: typeof document === "object" ? "page" : "worker",
    backend: gradus.getBackend(),
    available: gradus.availableBackends(),
    accuracy: gradus.accuracy(model.predict(test.x), test.y),
  };
};

if (${inWorker} && typeof document === "object") {
  new Worker("/page.js", { type: "module" }).onerror = (event) => post({ error: event.message });
} else {
  await post(await train().catch((error) => ({ error: String(error) })));
}
`;

const scripts = { page: "", worker: "" };
let browser: Browser;

beforeAll(async () => {
  if (chromium !== undefined) browser = await sharedBrowser();
  for (const where of ["page", "worker"] as const) {
    const { outputFiles } = await build({
      stdin: {
        contents: program(where === "worker"),
        resolveDir: new URL("../..", import.meta.url).pathname,
        loader: "ts",
      },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      conditions: ["gradus-source"],
      write: false,
    });
    scripts[where] = outputFiles[0].text;
  }
});

test.runIf(isRequired)("there is a browser to test in", () => {
  expect(chromium).toBeDefined();
});

const strict = (scriptSources: string): Readonly<Record<string, string>> => ({
  "content-security-policy":
    `default-src 'none'; script-src ${scriptSources}; connect-src 'self'; worker-src 'self'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
});

/** The result of training, which is the same on every backend except for the last bits. */
const trained = (where: string, available: readonly string[]): unknown => ({
  where,
  backend: available.at(-1),
  available,
  accuracy: expect.closeTo(0.95, 1),
});

const all = ["reference", "simd", "relaxed-simd"];

describe.runIf(chromium !== undefined).each(["page", "worker"] as const)("in Chromium, a %s", (where) => {
  const open = (headers: Readonly<Record<string, string>>): Promise<unknown> =>
    openIn(browser, { script: scripts[where], headers });

  test("a bundled page trains without a first call to initialize", async () => {
    expect(await open({})).toEqual(trained(where, all));
  });

  test("a bundled page trains under a strict policy that allows WebAssembly", async () => {
    expect(await open(strict("'self' 'wasm-unsafe-eval'"))).toEqual(trained(where, all));
  });

  test("a bundled page trains on the reference kernels if the policy forbids WebAssembly, and reports that backend", async () => {
    expect(await open(strict("'self'"))).toEqual(trained(where, ["reference"]));
  });
});

describe.runIf(chromium !== undefined)("in Chromium, a page", () => {
  test("a bundled page trains under a policy that requires trusted types", async () => {
    const headers = {
      "content-security-policy":
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
    };
    expect(await openIn(browser, { script: scripts.page, headers })).toEqual(trained("page", all));
  });
});
