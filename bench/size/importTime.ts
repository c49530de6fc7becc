import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The processor time of a Node process that runs a program, in milliseconds. */
const processorTime = (program: string): number => {
  const code = `${program}; const { user, system } = process.cpuUsage(); console.log((user + system) / 1000);`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: root }));
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/**
 * The processor time of imports of the built package, in milliseconds above a process that imports nothing. Builds the
 * package if there is no build.
 */
export const importTimes = (): ReadonlyMap<string, number> => {
  if (!existsSync(`${root}/dist/node/index.js`)) {
    execFileSync(process.execPath, [`${root}/scripts/build.mjs`], { cwd: root, stdio: "inherit" });
  }
  const programs = new Map([
    ["", ""],
    ["gradus", 'await import("gradus")'],
    [
      "gradus, gradus/report, /table, /graph and /keras",
      'await Promise.all(["", "/report", "/table", "/graph", "/keras"].map((path) => import("gradus" + path)))',
    ],
    ["gradus as modules", `await import("${new URL("../../dist/index.js", import.meta.url)}")`],
  ]);
  // In turns, so that a busy machine slows all alike.
  const rounds = Array.from({ length: 9 }, () => [...programs.values()].map(processorTime));
  const times = [...programs.keys()].map((_, index) => median(rounds.map((round) => round[index])));
  return new Map([...programs.keys()].slice(1).map((name, index) => [name, times[index + 1] - times[0]]));
};
