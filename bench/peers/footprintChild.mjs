// Runs a program of programs/, bundled: node footprintChild.mjs BUNDLE DIRECTORY-OF-WASM-FILES ROWS STEPS
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";

console.log = console.error;
console.info = console.error;
const [bundle, wasm, rows, steps] = process.argv.slice(2);
const batch = 50;
const pixels = new Uint8Array(rows * 784);
for (let index = 0; index < pixels.length; index++) pixels[index] = (index * 37) % 256;
const labels = Uint8Array.from({ length: Number(rows) }, (_, index) => index % 10);

const begin = performance.now();
const { start } = await import(pathToFileURL(bundle).href);
const { train, predict } = await start(wasm);
const step = (index) => {
  const first = (index * batch) % labels.length;
  return train(pixels.subarray(784 * first, 784 * (first + batch)), labels.subarray(first, first + batch));
};
let loss = step(0);
const end = performance.now();
let done = 1;
// Slow programs may stop earlier: their allocations repeat.
for (; done < steps && performance.now() - end < 20_000; done++) loss = step(done);
predict(pixels.subarray(0, 784));
process.stdout.write(
  `@@${JSON.stringify({
    loss,
    steps: done,
    importSeconds: (end - begin) / 1000,
    endedAt: performance.timeOrigin + end,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  })}\n`,
);
process.exit(0);
