// npm run size: what programs weigh as a web page gets them, and which folders and modules the bytes come from.
import { bytesThatRan } from "./coverage.ts";
import { type Bundle, budgets, bundle, bundleProgram, programText } from "./measure.ts";

const bundles: Record<string, Bundle> = {};
for (const name of Object.keys(budgets)) bundles[name] = await bundleProgram(name);

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1).padStart(8);

console.log("kB, bundled by esbuild for browsers: --bundle --minify --format=esm, then gzip -9\n");
console.log(`${"program".padEnd(14)}${"minified".padStart(10)}${"gzipped".padStart(10)}${"budget".padStart(10)}`);
for (const [name, { minified, gzipped }] of Object.entries(bundles)) {
  const numbers = [minified, gzipped, budgets[name]].map((bytes) => kilobytes(bytes).padStart(10));
  console.log(name.padEnd(14) + numbers.join(""));
}

const { folders, modules } = bundles.seed;
console.log("\nseed, minified kB by folder of src/\n");
for (const [folder, bytes] of Object.entries(folders).sort((a, b) => b[1] - a[1])) {
  console.log(folder.padEnd(14) + kilobytes(bytes));
}
// With the maker of its tensors: a bundle has a library of its own.
const tried = await bundle(`${programText("seed")}\nexport { tensor } from "gradus";`);
const ran = await bytesThatRan(tried.text, (module) => {
  const { train, predict, tensor } = module as typeof import("./seed.ts") & Pick<typeof import("gradus"), "tensor">;
  const x = tensor(new Float32Array(500 * 784), { shape: [500, 784] });
  const y = tensor(new Int32Array(500));
  train([{ x, y }]);
  predict(x);
});
console.log(
  `\nOf seed, what runs when it trains and predicts: ${kilobytes(ran.minified)} minified, ${kilobytes(ran.gzipped)} gzipped`,
);

if (process.argv.includes("--modules")) {
  console.log("\nseed by module: minified kB, and gzipped kB saved where it and what it alone needs are left out\n");
  const rows: [string, number, number][] = [];
  for (const [path, bytes] of Object.entries(modules)) {
    if (!path.startsWith("src/")) continue;
    const { gzipped } = await bundleProgram("seed", path);
    rows.push([path, bytes, bundles.seed.gzipped - gzipped]);
  }
  rows.sort((a, b) => b[2] - a[2]);
  for (const [path, bytes, saved] of rows) console.log(path.padEnd(40) + kilobytes(bytes) + kilobytes(saved));
} else console.log("\nnpm run size -- --modules lists them by module.");
