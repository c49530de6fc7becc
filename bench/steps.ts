import {
  BatchNorm,
  Dense,
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
} from "../src/index.ts";
import { availableBackends, type Backend, getBackend, setBackend } from "../src/tensor/backend.ts";
import { type Contender, measure } from "./measure.ts";
import { formatTable } from "./table.ts";

interface Workload {
  readonly name: string;
  readonly model: () => Sequential;
  readonly optimizer: () => Optimizer;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly loss: (predictions: Tensor, targets: Tensor) => Tensor;
}

/** Random pixels, as bytes, and random labels: what a step costs does not depend on them. */
const images = (batch: number): { x: Tensor; y: Tensor } => ({
  x: tensor(
    Uint8Array.from({ length: batch * 784 }, (_, index) => (index * 37) % 256),
    { shape: [batch, 784], scale: 1 / 255 },
  ),
  y: tensor(Int32Array.from({ length: batch }, (_, index) => index % 10)),
});

const dense = (name: string, units: number, activation?: "relu" | "tanh"): Dense =>
  new Dense({ name, units, activation });

const workloads: readonly Workload[] = [
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

const stepOf = (workload: Workload, backend: Backend): Contender => {
  const model = workload.model();
  const optimizer = workload.optimizer();
  const { x, y, loss } = workload;
  return {
    name: backend,
    run: () => {
      setBackend(backend);
      optimizer.minimize(() => loss(model.call(x, { training: true }), y), model.trainableVariables);
    },
  };
};

export interface StepResult {
  readonly workload: string;
  readonly backend: string;
  readonly microseconds: number;
}

/** Time of one training step of the seed's two networks and of a tiny one, on each backend. */
export const benchSteps = async (quick: boolean): Promise<StepResult[]> => {
  const before = getBackend();
  const results: StepResult[] = [];
  try {
    for (const workload of workloads) {
      const contenders = availableBackends().map((backend) => stepOf(workload, backend));
      const measurements = await measure(contenders, { rounds: quick ? 3 : 9, time: quick ? 50 : 150 });
      for (const { name, seconds } of measurements) {
        results.push({ workload: workload.name, backend: name, microseconds: seconds * 1e6 });
      }
    }
  } finally {
    setBackend(before);
  }
  return results;
};

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
