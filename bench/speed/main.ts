// npm run bench [-- --quick] [--backend reference|simd|relaxed-simd] [--threads N] [--json FILE] [--html FILE]
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { renderPage } from "../../src/report/page/page.ts";
import { type Backend, getBackend, link, setBackend } from "../../src/tensor/interpret/backend.ts";
import { benchConvolution, printConvolution } from "./convolution.ts";
import { benchGraphs, printGraphs } from "./graphs.ts";
import { benchMatmul, printMatmul } from "./matmul.ts";
import { benchOverhead, printOverhead } from "./overhead.ts";
import { benchPage } from "./page.ts";
import { measurePeak, peak } from "./peak.ts";
import { benchSteps, printSteps } from "./steps.ts";
import { benchThreads, printThreads } from "./threads.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    backend: { type: "string" },
    threads: { type: "string", default: String(Math.min(2, availableParallelism())) },
    json: { type: "string" },
    html: { type: "string" },
  },
});
try {
  if (values.backend !== undefined) setBackend(values.backend as Backend);
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exit(2);
}
const backend = getBackend();

const gflops = measurePeak(link(peak), 200) / 1e9;
const machine = `Node ${process.versions.node}, V8 ${process.versions.v8}, ${cpus()[0].model.trim()}, ${cpus().length} cores`;
console.log(machine);
console.log(`backend ${backend}; peak of a register-only loop of its instructions ${gflops.toFixed(1)} GFLOP/s\n`);

const matmul = await benchMatmul(values.quick ?? false);
console.log(`${printMatmul(matmul)}\n`);
const convolutions = backend === "reference" ? [] : await benchConvolution(values.quick ?? false);
if (convolutions.length > 0) console.log(`${printConvolution(convolutions)}\n`);
const steps = benchSteps(values.quick ?? false);
console.log(`${printSteps(steps)}\n`);
const graphs = await benchGraphs(values.quick ?? false);
console.log(`${printGraphs(graphs)}\n`);
const overhead = benchOverhead();
console.log(`${printOverhead(overhead)}\n`);
const threads = benchThreads(Number(values.threads), values.quick ?? false);
console.log(printThreads(threads));

if (values.json !== undefined) {
  const environment = { node: process.versions.node, v8: process.versions.v8, processor: cpus()[0].model, backend };
  writeFileSync(
    values.json,
    `${JSON.stringify({ environment, peakGflops: gflops, matmul, convolutions, steps, graphs, overhead, threads }, null, 2)}\n`,
  );
}
if (values.html !== undefined) {
  const results = { environment: machine, backend, peakGflops: gflops, matmul, steps, overhead, threads };
  writeFileSync(values.html, renderPage(benchPage(results)));
}
