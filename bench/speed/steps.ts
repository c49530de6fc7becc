import { spawnSync } from "node:child_process";
import { argv, execArgv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import {
  BatchNorm,
  cacheActivations,
  compile,
  Dense,
  dataset,
  elu,
  Momentum,
  meanSquaredError,
  type Optimizer,
  randomUniform,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { availableBackends, type Backend, getBackend, setBackend } from "../../src/tensor/interpret/backend.ts";
import { start } from "../peers/programs/gradus-functions.ts";
import { type Contender, measure } from "./measure.ts";
import { formatTable } from "./table.ts";

/** A network with its data, loss and optimizer. */
export interface Workload {
  readonly name: string;
  readonly model: () => Sequential;
  readonly optimizer: () => Optimizer;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly loss: (predictions: Tensor, targets: Tensor) => Tensor;
}

/** Random pixels, as bytes, and random labels: the time of a step does not depend on them. */
export const images = (batch: number): { x: Tensor; y: Tensor } => ({
  x: tensor(
    Uint8Array.from({ length: batch * 784 }, (_, index) => (index * 37) % 256),
    { shape: [batch, 784], scale: 1 / 255 },
  ),
  y: tensor(Int32Array.from({ length: batch }, (_, index) => index % 10)),
});

const dense = (name: string, units: number, activation?: "relu" | "tanh"): Dense =>
  new Dense({ name, units, activation });

export const workloads: readonly Workload[] = [
  {
    name: "784-300-100-10, ReLU, SGD, batch 50",
    model: () =>
      new Sequential({
        inputShape: [784],
        layers: [dense("hidden1", 300, "relu"), dense("hidden2", 100, "relu"), dense("outputs", 10)],
        seed: 1,
      }),
    optimizer: () => new SGD({ learningRate: 0.01 }),
    ...images(50),
    loss: softmaxCrossEntropy,
  },
  {
    name: "the same with batch norm and ELU, batch 200",
    model: () =>
      new Sequential({
        inputShape: [784],
        layers: [
          dense("hidden1", 300),
          new BatchNorm({ name: "bn1", momentum: 0.9 }),
          elu,
          dense("hidden2", 100),
          new BatchNorm({ name: "bn2", momentum: 0.9 }),
          elu,
          dense("outputs", 10),
          new BatchNorm({ name: "bn3", momentum: 0.9 }),
        ],
        seed: 1,
      }),
    optimizer: () => new SGD({ learningRate: 0.01 }),
    ...images(200),
    loss: softmaxCrossEntropy,
  },
  {
    name: "2-16-16-1, tanh, Momentum, batch 32",
    model: () =>
      new Sequential({
        inputShape: [2],
        layers: [dense("hidden1", 16, "tanh"), dense("hidden2", 16, "tanh"), dense("outputs", 1)],
        seed: 1,
      }),
    optimizer: () => new Momentum({ learningRate: 0.01, momentum: 0.9 }),
    x: randomUniform([32, 2], { seed: 1 }),
    y: randomUniform([32, 1], { seed: 2 }),
    loss: meanSquaredError,
  },
];

const frozen = (pattern: RegExp): Sequential => {
  const model = workloads[0].model();
  model.freeze(pattern);
  return model;
};

/** The first network with frozen layers, whose gradients are not computed; a cache also saves their forward pass. */
const frozenWorkloads: readonly Workload[] = [
  { ...workloads[0], name: "the first, hidden1 frozen", model: () => frozen(/hidden1/) },
  { ...workloads[0], name: "the first, hidden1 and hidden2 frozen", model: () => frozen(/hidden[12]/) },
  {
    ...workloads[0],
    name: "the same on cached activations",
    model: () => cached().head,
    // Computed late, so that the cache does not run in the processes of the other networks.
    get x() {
      return cached().inputs.x;
    },
  },
];

let cache: ReturnType<typeof cacheActivations> | undefined;
const cached = (): ReturnType<typeof cacheActivations> => {
  cache ??= cacheActivations(frozen(/hidden[12]/), dataset(images(50)));
  return cache;
};

const onBackend = (backend: Backend, step: () => void): Contender => ({
  name: backend,
  run: () => {
    if (getBackend() !== backend) setBackend(backend);
    step();
  },
});

export const stepOf = (workload: Workload, backend: Backend, isCompiled: boolean = false): Contender => {
  const model = workload.model();
  const optimizer = workload.optimizer();
  const { x, y, loss } = workload;
  const step = (x: Tensor, y: Tensor): Tensor =>
    optimizer.minimize(() => loss(model.call(x, { training: true }), y), model.trainableVariables);
  const run = isCompiled ? compile(step) : step;
  const contender = onBackend(backend, () => {
    run(x, y);
  });
  return isCompiled ? { ...contender, name: `${backend}, compiled` } : contender;
};

/** The first network as in the smallest page: weights are tensors, and a step returns new ones. */
const stepByFunctions = (backend: Backend): Contender => {
  const { train } = start();
  const { x, y } = images(50);
  const [pixels, labels] = [x.data as Uint8Array, Uint8Array.from(y.data)];
  return onBackend(backend, () => train(pixels, labels));
};

interface Measured {
  readonly name: string;
  readonly step: (backend: Backend) => Contender;
  /** The same, recorded and replayed. */
  readonly compiledStep?: (backend: Backend) => Contender;
}

const measured: readonly Measured[] = [
  ...[...workloads, ...frozenWorkloads].map(
    (workload): Measured => ({
      name: workload.name,
      step: (backend) => stepOf(workload, backend),
      compiledStep: (backend) => stepOf(workload, backend, true),
    }),
  ),
  { name: "the first, by functions, from bytes", step: stepByFunctions },
];

export interface StepResult {
  readonly workload: string;
  readonly backend: string;
  readonly microseconds: number;
}

/** The time of one training step on each backend. The reference comes last, because it would hold up the others. */
const benchStep = async ({ name: workload, step, compiledStep }: Measured, quick: boolean): Promise<StepResult[]> => {
  const [referenceBackend, ...backends] = availableBackends();
  const reference = step(referenceBackend);
  const fast = backends.flatMap((backend) => [step(backend), ...(compiledStep ? [compiledStep(backend)] : [])]);
  const options = { rounds: quick ? 3 : 9, time: quick ? 50 : 150, warmup: 1000 };
  const measurements = [...(await measure(fast, options)), ...(await measure([reference], { rounds: 1, time: 100 }))];
  return measurements.map(({ name, seconds }) => ({
    workload,
    backend: name,
    microseconds: seconds * 1e6,
  }));
};

const marker = "--step=";

/**
 * Measures a training step of each network. Each has a separate process, as in a program: types that the engine saw in other
 * networks would slow it down.
 */
export const benchSteps = (quick: boolean): StepResult[] =>
  measured.flatMap((_, index) => {
    const script = fileURLToPath(import.meta.url);
    const options = [...execArgv, script, `${marker}${index}`, getBackend(), String(quick)];
    const { stdout, stderr, status } = spawnSync(execPath, options, { encoding: "utf8" });
    if (status !== 0) throw new Error(`bench: ${measured[index].name} failed: ${stderr}`);
    return JSON.parse(stdout) as StepResult[];
  });

export const printSteps = (results: readonly StepResult[]): string =>
  formatTable(
    ["training step", "backend", "µs a step", "steps a second"],
    results.map(({ workload, backend, microseconds }) => [
      workload,
      backend,
      microseconds.toFixed(1),
      (1e6 / microseconds).toFixed(0),
    ]),
  );

if (argv[2]?.startsWith(marker)) {
  // Switches relaxed SIMD on, if the engine hides it and the option asks for it.
  setBackend(argv[3] as Backend);
  console.log(JSON.stringify(await benchStep(measured[Number(argv[2].slice(marker.length))], argv[4] === "true")));
}
