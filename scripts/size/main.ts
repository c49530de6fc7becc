// npm run size: what programs weigh as a web page gets them, and which folders and modules the bytes come from.
import { type Bundle, budgets, bundleProgram } from "./measure.ts";

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
if (process.argv.includes("--modules")) {
  console.log("\nseed, minified kB by module\n");
  for (const [path, bytes] of Object.entries(modules)) console.log(path.padEnd(40) + kilobytes(bytes));
} else console.log("\nnpm run size -- --modules lists them by module.");
