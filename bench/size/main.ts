// npm run size: the size of programs in a web page, and the folders and modules that the bytes come from.
import { bytesThatRan } from "./coverage.ts";
import { importTimes } from "./importTime.ts";
import { type Bundle, bundleProgram, programs } from "./measure.ts";

const bundles: Record<string, Bundle> = {};
for (const name of Object.keys(programs)) bundles[name] = await bundleProgram(name);

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1).padStart(10);

console.log("kB, bundled by esbuild for browsers: --bundle --minify --format=esm, then gzip -9\n");
console.log(`${"program".padEnd(14)}${"minified".padStart(10)}${"gzipped".padStart(10)}${"budget".padStart(10)}`);
for (const [name, { minified, gzipped }] of Object.entries(bundles)) {
  console.log(name.padEnd(14) + [minified, gzipped, programs[name].budget].map(kilobytes).join(""));
}

const network = ["functions", "layers"];
console.log(
  `\n784-300-100-10 by functions and by layers, minified kB by folder of src/\n\n${" ".repeat(14)}${network
    .map((name) => name.padStart(10))
    .join("")}`,
);
const folders = Object.entries(bundles.layers.folders).sort((a, b) => b[1] - a[1]);
for (const [folder] of folders) {
  console.log(folder.padEnd(14) + network.map((name) => kilobytes(bundles[name].folders[folder] ?? 0)).join(""));
}

console.log("\nThe part of these that runs when the network is built, trained and predicts:\n");
for (const name of network) {
  const { minified, gzipped } = await bytesThatRan(bundles[name].text, (module) => {
    const { start } = module as typeof import("../peers/programs/gradus-layers.ts");
    const { train, predict } = start();
    train(new Uint8Array(500 * 784), new Uint8Array(500));
    predict(new Uint8Array(500 * 784));
  });
  console.log(`${name.padEnd(14)}${kilobytes(minified)} minified${kilobytes(gzipped)} gzipped`);
}

console.log(
  `\nNode ${process.versions.node}: ms of processor time above a process that imports nothing, median of 9\n`,
);
for (const [name, milliseconds] of importTimes()) console.log(name.padEnd(34) + milliseconds.toFixed(0).padStart(4));

if (process.argv.includes("--modules")) {
  for (const name of network) {
    console.log(
      `\n${name} by module: minified kB, and gzipped kB saved without it and the modules that only it needs\n`,
    );
    const rows: [string, number, number][] = [];
    for (const [path, bytes] of Object.entries(bundles[name].modules)) {
      if (!path.startsWith("src/")) continue;
      const { gzipped } = await bundleProgram(name, path);
      rows.push([path, bytes, bundles[name].gzipped - gzipped]);
    }
    rows.sort((a, b) => b[2] - a[2]);
    for (const [path, bytes, saved] of rows) console.log(path.padEnd(40) + kilobytes(bytes) + kilobytes(saved));
  }
} else console.log("\nnpm run size -- --modules lists them by module.");
