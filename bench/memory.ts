// npm run memory [-- --quick]: checks that memory is flat in long synchronous loops, each in a separate process.
import { spawnSync } from "node:child_process";
import { argv, execArgv, execPath, memoryUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { add, Dense, Momentum, matmul, meanSquaredError, mul, randomUniform, Sequential, sum } from "../src/index.ts";
import { heap } from "../src/tensor/memory/heap.ts";

const MiB = 2 ** 20;

const build = (): Sequential =>
  new Sequential({
    inputShape: [16],
    layers: [new Dense({ units: 32, activation: "tanh" }), new Dense({ units: 8 })],
    seed: 1,
  });

const x = randomUniform([32, 16], { seed: 1 });
const y = randomUniform([32, 8], { seed: 2 });
const row = randomUniform([1, 16], { seed: 3 });

/** The loops: each returns a function that does one turn. */
const loops: Readonly<Record<string, () => () => void>> = {
  minimize: () => {
    const model = build();
    const optimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
    return () =>
      optimizer.minimize(() => meanSquaredError(model.call(x, { training: true }), y), model.trainableVariables);
  },
  "computeGradients + applyGradients": () => {
    const model = build();
    const optimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
    return () => {
      const loss = () => meanSquaredError(model.call(x, { training: true }), y);
      optimizer.applyGradients(optimizer.computeGradients(loss, model.trainableVariables).gradients);
    };
  },
  "predict, batch 1": () => {
    const model = build();
    return () => model.predict(row);
  },
  "plain operations": () => {
    const w = randomUniform([16, 8], { seed: 4 });
    return () => sum(mul(add(matmul(x, w), y), 0.5)).item();
  },
};

const models = "models built, trained, dropped";

const kinds = ["resident", "external", "arrayBuffers", "wasm", "objects"] as const;

/** The memory that a process uses, in bytes; `withObjects` fills in `objects`. */
const usage = (): Readonly<Record<(typeof kinds)[number], number>> => {
  const { rss, external, arrayBuffers } = memoryUsage();
  return { resident: rss, external, arrayBuffers, wasm: heap().u8.length, objects: 0 };
};

/** Adds the memory of JavaScript objects after a garbage collection. */
const withObjects = (top: Usage): Usage => {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error("memory: run with --expose-gc");
  gc();
  return { ...top, objects: memoryUsage().heapUsed };
};

type Usage = ReturnType<typeof usage>;

/** The larger value of each kind: garbage comes and goes, but a leak raises the largest value. */
const higher = (a: Usage, b: Usage): Usage => ({
  resident: Math.max(a.resident, b.resident),
  external: Math.max(a.external, b.external),
  arrayBuffers: Math.max(a.arrayBuffers, b.arrayBuffers),
  wasm: Math.max(a.wasm, b.wasm),
  objects: 0,
});

/** The largest use early on (turns 1,000 to 1,100, or the first half of the models), and in the last turns. */
interface Tops {
  readonly early: Usage;
  readonly late: Usage;
}

/** Runs a loop without letting the event loop run, so that no finalizer runs. */
const watchLoop = (name: string, turns: number): Tops => {
  const turn = loops[name]();
  const stretch = turns / 10;
  const topOf = (count: number): Usage => {
    let top = usage();
    for (let index = 1; index <= count; index++) {
      turn();
      if (index % 100 === 0) top = higher(top, usage());
    }
    return withObjects(top);
  };
  for (let index = 0; index < 1000; index++) turn();
  const early = topOf(100);
  for (let index = 0; index < turns - stretch - 1100; index++) turn();
  return { early, late: topOf(stretch) };
};

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Builds models, trains each once and drops it; the event loop runs in between, for finalizers. */
const watchModels = async (count: number): Promise<Tops> => {
  const topOf = async (times: number): Promise<Usage> => {
    let top = usage();
    for (let index = 0; index < times; index++) {
      loops.minimize()();
      await nextTurn();
      top = higher(top, usage());
    }
    // The finalizers of the last models run in the turn after a collection, and leave more garbage.
    withObjects(top);
    await nextTurn();
    return withObjects(top);
  };
  const early = await topOf(count / 2);
  return { early, late: await topOf(count / 2) };
};

/**
 * How much the largest use may rise without a leak: garbage differs by chance, and the engine compiles hot code. Between two
 * garbage collections the number of dropped models varies.
 */
const allowance = (name: string): Usage => ({
  resident: 4 * MiB,
  objects: MiB / 2,
  arrayBuffers: 2 * MiB,
  ...(name === models ? { external: 4 * MiB, wasm: MiB } : { external: 2 * MiB, wasm: 0 }),
});

/**
 * V8 doubles its nursery, up to three times 16 MiB, when enough objects have survived collections, even if few are live.
 * These flags keep it at its smallest size.
 */
const flags = ["--max-semi-space-size=1", "--expose-gc"];

const main = (quick: boolean): number => {
  const script = fileURLToPath(import.meta.url);
  let failures = 0;
  for (const name of [...Object.keys(loops), models]) {
    const turns = name === models ? (quick ? 400 : 1000) : quick ? 30_000 : 100_000;
    const run = spawnSync(execPath, [...flags, ...execArgv, script, "--child", name, String(turns)], {
      encoding: "utf8",
    });
    if (run.status !== 0) throw new Error(`memory: ${name} failed: ${run.stderr}`);
    const { early, late } = JSON.parse(run.stdout) as Tops;
    const grows = kinds.some((kind) => late[kind] - early[kind] > allowance(name)[kind]);
    const figures = kinds.map(
      (kind) => `${kind} ${(early[kind] / MiB).toFixed(1)} -> ${(late[kind] / MiB).toFixed(1)}`,
    );
    console.log(`${grows ? "GROWS" : "flat "} ${name}, ${turns} times, MiB: ${figures.join(", ")}`);
    if (grows) failures++;
  }
  return failures;
};

if (argv[2] === "--child") {
  const turns = Number(argv[4]);
  console.log(JSON.stringify(argv[3] === models ? await watchModels(turns) : watchLoop(argv[3], turns)));
} else process.exitCode = main(argv.includes("--quick")) ? 1 : 0;
