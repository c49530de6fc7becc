import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { median } from "../speed/measure.ts";
import { formatTable } from "../speed/table.ts";
import { bundle } from "./bundle.ts";

/** The footprint of a library: bytes to download, time to start, memory. */
export interface FootprintResult {
  readonly program: string;
  /** The size of a bundle for a page that defines, trains and predicts, with the WebAssembly files that it loads. */
  readonly minifiedBytes?: number;
  readonly gzippedBytes?: number;
  /** From before the import to after the first training step. */
  readonly importSeconds?: number;
  /** The same from the start of the process. */
  readonly processSeconds?: number;
  /** After 1,000 steps, with 60,000 images in bytes. */
  readonly peakBytes?: number;
  readonly steps?: number;
  readonly note?: string;
}

interface Run {
  readonly importSeconds: number;
  readonly processSeconds: number;
  readonly peakBytes: number;
  readonly steps: number;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const wasmDirectory = `${here("node_modules/@tensorflow/tfjs-backend-wasm/dist")}/`;

const programs: readonly { readonly name: string; readonly file: string; readonly wasm?: string }[] = [
  { name: "bare process", file: "bare.mjs" },
  { name: "gradus, by layers", file: "gradus-layers.ts" },
  { name: "gradus, by functions", file: "gradus-functions.ts" },
  { name: "jax-js", file: "jax-js.mjs" },
  { name: "tfjs-wasm", file: "tfjs-wasm.mjs", wasm: "tfjs-backend-wasm-simd.wasm" },
  { name: "tfjs-cpu", file: "tfjs-cpu.mjs" },
  { name: "brain.js", file: "brain.js.mjs" },
];

const run = (file: string, rows: number, steps: number): Run => {
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawnSync(
    process.execPath,
    [here("footprintChild.mjs"), file, wasmDirectory, String(rows), String(steps)],
    { encoding: "utf8", maxBuffer: 2 ** 24 },
  );
  const line = child.stdout.split("\n").find((text) => text.startsWith("@@"));
  if (line === undefined) throw new Error(child.stderr.trim().split("\n").slice(0, 4).join(" ").slice(0, 300));
  const result = JSON.parse(line.slice(2)) as Run & { readonly endedAt: number };
  return { ...result, processSeconds: (result.endedAt - startedAt) / 1000 };
};

const sizesOf = async (directory: string, name: string, file: string, wasm: string | undefined) => {
  const outfile = join(directory, `page-${name.replaceAll(" ", "-")}.js`);
  await bundle(here(join("programs", file)), outfile, "browser");
  const parts = [outfile, ...(wasm === undefined ? [] : [wasmDirectory + wasm])].map((path) => readFileSync(path));
  const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
  return {
    minifiedBytes: total(parts.map(({ length }) => length)),
    gzippedBytes: total(parts.map((part) => gzipSync(part, { level: 9 }).length)),
  };
};

/** Sizes of bundles, start-up and peak memory of one small program in each library. */
export const benchFootprint = async (directory: string, quick: boolean): Promise<FootprintResult[]> => {
  const bundles = new Map<string, string>();
  const runs = new Map<string, Run[]>();
  const notes = new Map<string, string>();
  for (const { name, file } of programs) {
    const outfile = join(directory, `program-${name.replaceAll(" ", "-")}.mjs`);
    await bundle(here(join("programs", file)), outfile, "node");
    bundles.set(name, outfile);
    runs.set(name, []);
  }
  // The first round fills the disk's cache.
  for (let round = -1; round < (quick ? 3 : 9); round++) {
    for (const [name, file] of bundles) {
      if (notes.has(name)) continue;
      try {
        const result = run(file, 50, 1);
        if (round >= 0) runs.get(name)?.push(result);
      } catch (error) {
        notes.set(name, error instanceof Error ? error.message : String(error));
      }
    }
  }
  const results: FootprintResult[] = [];
  for (const { name, file, wasm } of programs) {
    const sizes = name === "bare process" ? {} : await sizesOf(directory, name, file, wasm);
    const note = notes.get(name);
    if (note !== undefined) {
      results.push({ program: name, ...sizes, note });
      continue;
    }
    const all = runs.get(name) ?? [];
    const { peakBytes, steps } = run(bundles.get(name)!, 60_000, quick ? 100 : 1000);
    results.push({
      program: name,
      ...sizes,
      importSeconds: median(all.map(({ importSeconds }) => importSeconds)),
      processSeconds: median(all.map(({ processSeconds }) => processSeconds)),
      peakBytes,
      steps,
    });
  }
  return results;
};

export const printFootprint = (results: readonly FootprintResult[]): string => {
  const bare = results[0]?.peakBytes;
  const kilobytes = (bytes: number | undefined): string => (bytes === undefined ? "" : (bytes / 1000).toFixed(1));
  const milliseconds = (seconds: number | undefined): string =>
    seconds === undefined ? "" : (seconds * 1000).toFixed(1);
  const rows = results.map((result) => [
    result.program,
    kilobytes(result.minifiedBytes),
    kilobytes(result.gzippedBytes),
    milliseconds(result.importSeconds),
    milliseconds(result.processSeconds),
    result.peakBytes === undefined ? "" : (result.peakBytes / 2 ** 20).toFixed(0),
    result.peakBytes === undefined || bare === undefined ? "" : (result.peakBytes / bare).toFixed(2),
    String(result.steps ?? ""),
    result.note ?? "",
  ]);
  const head = [
    "program",
    "kB minified",
    "kB gzip",
    "import to step 1, ms",
    "process to step 1, ms",
    "peak MiB",
    "× bare",
    "steps",
    "note",
  ];
  return `G  784-300-100-10, ReLU, SGD, batch 50: bundle for a page, start-up, peak memory beside 60,000 images in bytes\n${formatTable(head, rows)}`;
};
