// npm run kernels [-- --write]: which kernel each primitive runs on each backend, as the table in docs/internals/kernels.md.
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { availableBackends } from "../../src/tensor/interpret/backend.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { kernelOf, onBackend } from "../gradcheck/kernels.ts";
import { allSamples } from "../samples/support/all.ts";

const page = new URL("../../docs/internals/kernels.md", import.meta.url);
const begin = "<!-- kernel table: written by npm run kernels -- --write -->";
const end = "<!-- end of the kernel table -->";

/** The table in Markdown, from what runs for every sample case. Relaxed SIMD runs the same kernels as SIMD. */
export const kernelTable = (): string => {
  const rows = allSamples.map((samples) => {
    const used = (backend: "reference" | "simd"): string => {
      const kernels = samples.cases
        .filter(({ inputs }) => inputs.every(({ shape }) => sizeOf(shape) > 0))
        .map((sample) => onBackend(backend, () => kernelOf(samples, sample)));
      return [...new Set(kernels)].map((kernel) => kernel || "no kernel: the same elements").join(", ");
    };
    return `| ${samples.primitive.name} | ${used("reference")} | ${used("simd")} |`;
  });
  return ["| primitive | `reference` | `simd` and `relaxed-simd` |", "|---|---|---|", ...rows].join("\n");
};

/** The table as the documentation has it. */
export const documentedTable = (): string => {
  const text = readFileSync(page, "utf8");
  return text.slice(text.indexOf(begin) + begin.length, text.indexOf(end)).trim();
};

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  if (!availableBackends().includes("simd")) throw new Error("kernels: this engine has no WebAssembly SIMD");
  const table = kernelTable();
  if (argv.includes("--write")) {
    const text = readFileSync(page, "utf8");
    writeFileSync(
      page,
      `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${table}\n\n${text.slice(text.indexOf(end))}`,
    );
  }
  console.log(table);
}
