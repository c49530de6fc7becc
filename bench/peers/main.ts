// npm run bench:peers [-- --workloads A,D] [--contenders jax-js,torch-haswell] [--quick] [--threads 2] [--json FILE] [--html FILE]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadMnist } from "../../src/index.ts";
import { renderPage } from "../../src/report/page/page.ts";
import { formatTable } from "../speed/table.ts";
import { bundle } from "./bundle.ts";
import { type CompareOptions, compare, type Result, tolerance } from "./compare.ts";
import { type Contender, contenders } from "./contenders.ts";
import { benchFootprint, printFootprint } from "./footprint.ts";
import { benchGrowth, printGrowth } from "./growth.ts";
import { writeOnnx } from "./onnxFile.ts";
import { peersPage } from "./page.ts";
import { type Pictures, type Spec, workloads, writeWorkload } from "./workloads.ts";

const here = fileURLToPath(new URL("./", import.meta.url));

const { values } = parseArgs({
  options: {
    workloads: { type: "string", default: "A,A-dense,B,C,D,E,I,G,H" },
    contenders: { type: "string" },
    quick: { type: "boolean", default: false },
    threads: { type: "string", default: String(Math.min(2, availableParallelism())) },
    json: { type: "string" },
    html: { type: "string" },
  },
});

const listOf = (text: string): string[] => text.split(",").map((name) => name.trim());

const fail = (message: string): never => {
  console.error(`bench:peers: ${message}`);
  process.exit(2);
};

const install = (): void => {
  if (existsSync(join(here, "node_modules"))) return;
  console.error("bench:peers: installing the peers into bench/peers/node_modules ...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: here,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) fail("the peers could not be installed");
};

/** Bundles a contender into one file; gradus too, because compiling TypeScript at run time slows it down. */
const bundled = async (directory: string, file: string): Promise<string> => {
  const outfile = join(directory, `${basename(file, extname(file))}.mjs`);
  await bundle(join(here, file), outfile, "node");
  return outfile;
};

const time = (seconds: number): string =>
  seconds < 1e-3 ? `${(seconds * 1e6).toFixed(1)} µs` : `${(seconds * 1e3).toFixed(2)} ms`;

let loaded: Pictures | undefined;

/** MNIST's training pictures: those of GRADUS_DATA, or downloaded once. */
const pictures = async (): Promise<Pictures> => {
  if (!loaded) {
    const { train } = await loadMnist();
    loaded = { pixels: train.x.data, labels: train.y.data };
  }
  return loaded;
};

const printResults = (spec: Spec, results: readonly Result[]): string => {
  const rows = results.map((result): string[] => {
    const { contender, info, seconds, ratio, cpu, difference, note } = result;
    if (seconds === undefined || info === undefined) return [contender, "", "", "", "", "", "", "", note ?? ""];
    return [
      contender,
      info.library,
      info.backend,
      time(seconds),
      ratio ? ratio.median.toFixed(2) : "",
      ratio ? `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}` : "",
      (cpu ?? 0).toFixed(2),
      difference === undefined ? "" : difference.toExponential(0),
      note ?? "",
    ];
  });
  const unit = spec.task === "train" ? "a step" : "a call";
  const head = ["contender", "library", "backend", unit, "× gradus", "spread", "cpu", "difference", "note"];
  return `${spec.id}  ${spec.title}\n${formatTable(head, rows)}`;
};

const pick = (all: readonly Contender[], names: string | undefined): readonly Contender[] => {
  if (names === undefined) return all;
  const wanted = listOf(names);
  const unknown = wanted.find((name) => !all.some((contender) => contender.name === name));
  if (unknown !== undefined)
    fail(`--contenders must be among ${all.map(({ name }) => name).join(", ")}, got "${unknown}".`);
  return all.filter(({ name }) => name === "gradus" || wanted.includes(name));
};

install();
const directory = mkdtempSync(join(tmpdir(), "gradus-peers-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const programs = { gradus: await bundled(directory, "gradus.ts"), tfjs: await bundled(directory, "tfjs.mjs") };
const all = contenders(programs, Number(values.threads));
const chosen = pick(all, values.contenders);
const wanted = new Set(
  listOf(values.workloads).flatMap((id) => (id === "E" ? ["E1", "E10000"] : id === "I" ? ["I", "I1"] : [id])),
);
const known = [...workloads.map(({ id }) => id), "G", "H"];
for (const id of wanted) if (!known.includes(id)) fail(`--workloads must be among ${known.join(", ")}, got "${id}".`);

const environment = {
  node: process.versions.node,
  v8: process.versions.v8,
  processor: cpus()[0].model.trim(),
  cores: cpus().length,
  date: new Date().toISOString().slice(0, 10),
};
const machine = `Node ${environment.node}, V8 ${environment.v8}, ${environment.processor}, ${environment.cores} cores`;
console.log(machine);
console.log(`Losses and outputs may differ by ${tolerance} of the largest.\n`);

const options: CompareOptions = values.quick
  ? { rounds: 3, milliseconds: 100, budget: 5 }
  : { rounds: 9, milliseconds: 250, budget: 15 };
const compared: { readonly spec: Spec; readonly results: readonly Result[] }[] = [];
for (const spec of workloads) {
  if (!wanted.has(spec.id)) continue;
  const path = writeWorkload(directory, spec, spec.inputs === "mnist" ? await pictures() : undefined);
  if (spec.task === "predict") writeOnnx(path, spec);
  const results = await compare(spec, path, chosen, options);
  compared.push({ spec, results });
  console.log(`${printResults(spec, results)}\n`);
}
const footprint = wanted.has("G") ? await benchFootprint(directory, values.quick) : [];
if (footprint.length > 0) console.log(`${printFootprint(footprint)}\n`);
const growing = values.contenders === undefined ? all.slice(0, 1) : chosen;
const growth = wanted.has("H") ? await benchGrowth(directory, growing, options) : [];
if (growth.length > 0) console.log(printGrowth(growth));

if (values.json !== undefined) {
  const results = compared.flatMap((workload) => workload.results);
  const report = { environment, tolerance, options, results, footprint, growth };
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
if (values.html !== undefined) {
  writeFileSync(values.html, renderPage(peersPage({ environment: machine, workloads: compared, footprint, growth })));
}
