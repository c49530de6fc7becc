import { spawnSync } from "node:child_process";
import { argv, execArgv, execPath, memoryUsage } from "node:process";
import { fileURLToPath } from "node:url";
import {
  add,
  grad,
  matmul,
  mul,
  relu,
  reshape,
  softmaxCrossEntropy,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { type Backend, getBackend, setBackend } from "../../src/tensor/interpret/backend.ts";
import { runStep } from "../../src/tensor/memory/step.ts";
import { median } from "./measure.ts";
import { stepOf, workloads } from "./steps.ts";
import { formatTable } from "./table.ts";

/** The time of an operation on four numbers. It is that of checks, dispatch, memory and tape: the kernel takes nanoseconds. */
export interface Overhead {
  readonly what: string;
  readonly microseconds: number;
  /** Bytes for the garbage collector. */
  readonly garbage: number;
}

const a = tensor([
  [1, 2],
  [3, 4],
]);
const labels = tensor([0, 1], { dtype: "int32" });

const operations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "add [2, 2]": (x) => add(x, a),
  "add [2, 2] and [2] (broadcast)": (x) => add(x, row),
  "relu [2, 2]": (x) => relu(x),
  "matmul [2, 2]": (x) => matmul(x, a),
  "sum [2, 2]": (x) => sum(x),
  "reshape [2, 2] to [4]": (x) => reshape(x, [4]),
  "softmaxCrossEntropy [2, 2]": (x) => softmaxCrossEntropy(x, labels),
};
const row = tensor([1, 2]);

const repeats = 100;

/** `repeats` operations in one step, as in a network. */
const inStep = (operation: (x: Tensor) => Tensor) => (): void =>
  runStep(
    () => {
      for (let index = 0; index < repeats; index++) operation(a);
    },
    () => {},
  );

/** A chain of multiplications and its gradient: forwards, taped, and two products and a sum backwards. */
const chain = grad((x: Tensor) => {
  let y = x;
  for (let index = 0; index < repeats; index++) y = mul(y, x);
  return sum(y);
});

interface Case {
  readonly what: string;
  readonly run: () => void;
  /** The number of operations or steps in one run. */
  readonly count: number;
}

const cases = (): Case[] => [
  ...Object.entries(operations).map(([what, operation]) => ({
    what: `${what}, in a step`,
    run: inStep(operation),
    count: repeats,
  })),
  { what: "add [2, 2], outside of steps", run: () => void add(a, a), count: 1 },
  { what: "mul [2, 2] with its gradient", run: () => void chain(a), count: repeats },
  ...workloads.map((workload) => ({
    what: `a step of ${workload.name}`,
    run: stepOf(workload, getBackend()).run,
    count: 1,
  })),
];

const roundMilliseconds = 30;

/** The median time of a round, and the growth of the JavaScript heap between two garbage collections. */
const measureCase = ({ what, run, count }: Case): Overhead => {
  const settle = performance.now() + 1000;
  while (performance.now() < settle) run();
  const rounds = Array.from({ length: 9 }, () => {
    const start = performance.now();
    let runs = 0;
    do {
      run();
      runs++;
    } while (performance.now() < start + roundMilliseconds);
    return (performance.now() - start) / runs;
  });
  return { what, microseconds: (median(rounds) * 1000) / count, garbage: garbageOf(run) / count };
};

/** The median growth of the heap over several runs: a run with a collection comes out negative, which the median ignores. */
const garbageOf = (run: () => void): number =>
  median(
    Array.from({ length: 51 }, () => {
      const before = memoryUsage().heapUsed;
      run();
      return memoryUsage().heapUsed - before;
    }),
  ) - ownGarbage();

/** The garbage of `memoryUsage` itself. */
const ownGarbage = (): number =>
  median(
    Array.from({ length: 51 }, () => {
      const before = memoryUsage().heapUsed;
      return memoryUsage().heapUsed - before;
    }),
  );

const marker = "--overhead=";

/** Microseconds and garbage of operations with trivial kernels, and of whole steps, in a separate process. */
export const benchOverhead = (): Overhead[] => {
  const script = fileURLToPath(import.meta.url);
  const { stdout, stderr, status } = spawnSync(execPath, [...execArgv, script, marker + getBackend()], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`bench: overhead failed: ${stderr}`);
  return JSON.parse(stdout) as Overhead[];
};

export const printOverhead = (results: readonly Overhead[]): string =>
  formatTable(
    ["overhead", "µs", "bytes of garbage"],
    results.map(({ what, microseconds, garbage }) => [what, microseconds.toFixed(2), garbage.toFixed(0)]),
  );

if (argv[2]?.startsWith(marker)) {
  setBackend(argv[2].slice(marker.length) as Backend);
  console.log(JSON.stringify(cases().map(measureCase)));
}
