import { build } from "esbuild";
import { encodeNpz, tensor } from "gradus";
import { expect, test } from "vitest";
import { sharedBrowser } from "../playground/browser.ts";
import { findChromium, openIn } from "../threads/chromium.ts";
import { fixture } from "./foreign.ts";

const chromium = findChromium();
const isRequired = process.env.GRADUS_REQUIRE_BROWSER !== undefined;
if (chromium === undefined) {
  console.warn(
    "test/io/browser.test.ts: NOT RUN, because there is no Chromium or Chrome on the path. " +
      "Install one, or name it in CHROMIUM. With GRADUS_REQUIRE_BROWSER set this is a failure.",
  );
}

/** Reads every format from Blobs and buffers, damaged members too, and says what came out. */
const program = `
import * as gradus from "./src/index.ts";

declare const files: Record<string, string>;
const post = (value: unknown) => fetch("/", { method: "POST", body: JSON.stringify(value) });
const bytesOf = (name: string) => Uint8Array.from(atob(files[name]), (character) => character.charCodeAt(0));
const sizes = (variables: ReadonlyMap<string, gradus.Tensor>) => [...variables].map(([name, value]) => [name, value.size]);

try {
  const index = bytesOf("index");
  const data = new Blob([bytesOf("data")]);
  const deflated = bytesOf("deflated");
  const broken = deflated.slice();
  broken[100] ^= 1;
  await post({
    safetensors: sizes(await gradus.loadVariables(new Blob([bytesOf("safetensors")]))).length,
    stored: sizes(await gradus.loadVariables(bytesOf("stored").buffer)),
    deflated: sizes(await gradus.loadVariables(new Blob([deflated]))),
    checkpoint: sizes(await gradus.loadVariables({ index, data: [data] })).length,
    broken: await gradus.loadVariables(broken).then(String, String),
    path: await gradus.loadVariables("model.npz").then(String, String),
  });
} catch (error) {
  await post({ error: String(error instanceof Error ? error.stack : error) });
}
`;

test.runIf(chromium !== undefined || isRequired)("Chromium reads every format from bytes", async () => {
  if (chromium === undefined) throw new Error("GRADUS_REQUIRE_BROWSER is set, but there is no Chromium or Chrome.");
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: new URL("../..", import.meta.url).pathname, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["gradus-source"],
    write: false,
  });
  const files = {
    safetensors: fixture("types.safetensors"),
    stored: encodeNpz(new Map([["dnn/kernel", tensor([1, 2, 3])]])),
    deflated: fixture("numpy-small.npz"),
    index: fixture("tf1.ckpt.index"),
    data: fixture("tf1.ckpt.data-00000-of-00001"),
  };
  const encoded = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]),
  );
  const script = `globalThis.files = ${JSON.stringify(encoded)};\n${outputFiles[0].text}`;
  const report = await openIn(await sharedBrowser(), { script, headers: {} });
  expect(report).toEqual({
    safetensors: 13,
    stored: [["dnn/kernel", 3]],
    deflated: [
      ["kernel", 6],
      ["step", 1],
    ],
    checkpoint: 6,
    broken: expect.stringMatching(/^DataError: loadVariables: kernel\.npy: the packed data must inflate to 152 bytes/),
    path: expect.stringMatching(/^GradusError: model\.npz: files must be read and written in Node/),
  });
});
