import { runGradcheck } from "./run.ts";
import { formatTable } from "./table.ts";

const started = performance.now();
const rows = runGradcheck();
for (const line of formatTable(rows)) console.log(line);
const failed = rows.filter(({ failures }) => failures.length > 0);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `\n${rows.length} lines in ${seconds} s, ${failed.length === 0 ? "all passed" : `${failed.length} failed: ${failed.map(({ name }) => name).join(", ")}`}`,
);
if (failed.length > 0) process.exitCode = 1;
