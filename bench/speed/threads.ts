import { spawnSync } from "node:child_process";
import { argv, execArgv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import {
  Conv2D,
  Dense,
  Flatten,
  getThreads,
  MaxPooling2D,
  matmul,
  randomUniform,
  reshape,
  Sequential,
  setThreads,
  Variable,
} from "../../src/index.ts";
import { type Backend, getBackend, setBackend } from "../../src/tensor/interpret/backend.ts";
import { runStep } from "../../src/tensor/memory/step.ts";
import { type Contender, measure, ratios } from "./measure.ts";
import { images, stepOf, type Workload, workloads } from "./steps.ts";
import { formatTable } from "./table.ts";

interface Work {
  readonly name: string;
  readonly prepare: () => () => void;
}

const [network, normalized] = workloads;

/** A product as in a step: from blocks in the linear memory, into the arena. */
const product = (size: number): Work => ({
  name: `matrix product, ${size} square`,
  prepare: () => {
    const [a, b] = [1, 2].map((seed) => new Variable(randomUniform([size, size], { seed }), { name: `m${seed}` }));
    return () =>
      runStep(
        () => {
          matmul(a.read(), b.read());
        },
        () => undefined,
      );
  },
});

/** The convolutional network of `npm run bench:peers`. */
const convolutional: Workload = {
  ...network,
  name: "28x28x1, 3x3x32, pool, 3x3x64, pool, 128, 10, SGD, batch 50",
  x: reshape(network.x, [-1, 28, 28, 1]),
  model: () =>
    new Sequential({
      inputShape: [28, 28, 1],
      layers: [
        new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
        new MaxPooling2D(),
        new Conv2D({ filters: 64, kernelSize: 3, activation: "relu" }),
        new MaxPooling2D(),
        new Flatten(),
        new Dense({ units: 128, activation: "relu" }),
        new Dense({ units: 10 }),
      ],
      seed: 1,
    }),
};

const works: readonly Work[] = [
  { name: network.name, prepare: () => stepOf(network, getBackend()).run },
  {
    name: network.name.replace("batch 50", "batch 200"),
    prepare: () => stepOf({ ...network, ...images(200) }, getBackend()).run,
  },
  { name: normalized.name, prepare: () => stepOf(normalized, getBackend()).run },
  { name: convolutional.name, prepare: () => stepOf(convolutional, getBackend()).run },
  product(512),
];

export interface ThreadsResult {
  readonly work: string;
  readonly threads: number;
  readonly microseconds: number;
  /** The time of one thread over this time, round by round: the median, the smallest and the largest. */
  readonly speedup: { readonly median: number; readonly low: number; readonly high: number };
}

const benchWork = async ({ name, prepare }: Work, threads: number, quick: boolean): Promise<ThreadsResult[]> => {
  const run = prepare();
  const withThreads = (count: number): Contender => ({
    name: String(count),
    run,
    prepare: async () => {
      const got = await setThreads(count);
      if (got !== count) throw new Error(`bench: got ${got} threads instead of ${count}: ${getThreads().reason}`);
      // New workers must compile their kernels first.
      const end = performance.now() + 30;
      while (performance.now() < end) run();
    },
  });
  const contenders = [withThreads(1), withThreads(threads)];
  const [single, several] = await measure(contenders, { rounds: quick ? 5 : 21, time: quick ? 50 : 100, warmup: 500 });
  const result = (measured: typeof single): ThreadsResult => ({
    work: name,
    threads: Number(measured.name),
    microseconds: measured.seconds * 1e6,
    speedup: ratios(single, measured),
  });
  return [result(single), result(several)];
};

const marker = "--threads-of=";

/** Compares one thread with several in turns; each work has a separate process, as in `benchSteps`. */
export const benchThreads = (threads: number, quick: boolean): ThreadsResult[] => {
  if (threads < 2) return [];
  return works.flatMap(({ name }, index) => {
    const script = fileURLToPath(import.meta.url);
    const options = [...execArgv, script, `${marker}${index}`, getBackend(), String(threads), String(quick)];
    const { stdout, stderr, status } = spawnSync(execPath, options, { encoding: "utf8" });
    if (status !== 0) throw new Error(`bench: ${name} failed: ${stderr}`);
    return JSON.parse(stdout) as ThreadsResult[];
  });
};

export const printThreads = (results: readonly ThreadsResult[]): string =>
  formatTable(
    ["work", "threads", "µs", "× one thread", "spread"],
    results.map(({ work, threads, microseconds, speedup: { median, low, high } }) => [
      work,
      String(threads),
      microseconds.toFixed(1),
      threads === 1 ? "" : median.toFixed(2),
      threads === 1 ? "" : `${low.toFixed(2)} to ${high.toFixed(2)}`,
    ]),
  );

if (argv[2]?.startsWith(marker)) {
  setBackend(argv[3] as Backend);
  console.log(
    JSON.stringify(await benchWork(works[Number(argv[2].slice(marker.length))], Number(argv[4]), argv[5] === "true")),
  );
}
