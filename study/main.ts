// npm run study [-- --only depth,reuse] [--seeds 5] [--quick] [--json study.json] [--out study.md] [--html study.html]: tests the
// claims of course notes about such networks on MNIST (--quick: a trial run on the built-in digits).
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { getBackend } from "../src/index.ts";
import { renderPage } from "../src/report/page/page.ts";
import { digitsData, labOf, mnistData } from "./data.ts";
import { experiments } from "./experiments.ts";
import { studyPage } from "./page.ts";
import { progress } from "./progress.ts";
import type { ExperimentReport } from "./report.ts";
import { runExperiment } from "./run.ts";
import { tableOf, verdictsOf } from "./table.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seeds: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    out: { type: "string" },
    html: { type: "string" },
  },
});
const { quick } = values;
const count = Number(values.seeds ?? (quick ? 2 : 5));
if (!Number.isInteger(count) || count < 2) {
  throw new Error(`--seeds must be a whole number from 2, got ${values.seeds}: one seed shows no spread.`);
}
const names = values.only?.split(",") ?? Object.keys(experiments);
const unknown = names.find((name) => !(name in experiments));
if (unknown !== undefined) {
  throw new Error(`--only must name experiments (${Object.keys(experiments).join(", ")}), got ${unknown}.`);
}

const start = performance.now();
const data = quick ? await digitsData() : await mnistData();
const labs = Array.from({ length: count }, (_, index) => labOf(data, index + 1, quick));
const reporter = progress(
  names.map((name) => Object.keys(experiments[name].variants).length * count).reduce((sum, runs) => sum + runs, 0),
);
const reports: Record<string, ExperimentReport> = {};
for (const name of names) reports[name] = await runExperiment(experiments[name], labs, reporter);
reporter.end();
const minutes = (performance.now() - start) / 60_000;

const setting =
  `${data.name}: ${data.train.size} images to train on, ${data.validation.size} others for accuracies; ${count} seeds; ` +
  `Node ${process.versions.node}, backend ${getBackend()}; ${minutes.toFixed(1)} minutes.`;
const text = [setting, verdictsOf(Object.values(reports)), ...Object.values(reports).map(tableOf)].join("\n\n");
console.log(text);
if (values.out !== undefined) writeFileSync(values.out, `${text}\n`);
if (values.html !== undefined) {
  writeFileSync(values.html, renderPage(studyPage(setting, Object.values(reports))));
}
// JSON does not have Infinity: it is written as text.
const finite = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
if (values.json !== undefined) {
  const environment = { data: data.name, seeds: count, node: process.versions.node, backend: getBackend(), minutes };
  writeFileSync(values.json, `${JSON.stringify({ ...environment, experiments: reports }, finite, 2)}\n`);
}
