// A separate program, so that the resumed run is a new process: node program.mjs <backend> <mode> <folder>.
// It trains with every optimizer in every variant and prints a line of JSON for each.
import { createHash } from "node:crypto";
import {
  Adadelta,
  AdaGrad,
  Adam,
  Adamax,
  AdamW,
  BatchNorm,
  type Callback,
  checkpoints,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  Dense,
  Dropout,
  earlyStopping,
  encodeCheckpoint,
  exponentialDecay,
  fit,
  Lion,
  l2,
  loadCheckpoint,
  loadDigits,
  Momentum,
  maxNorm,
  NAdam,
  Nesterov,
  type Optimizer,
  PReLU,
  RMSProp,
  RReLU,
  Sequential,
  SGD,
  saveCheckpoint,
  setBackend,
  take,
} from "gradus";

const [backend, mode, folder] = process.argv.slice(2);
setBackend(backend as "simd");

const rate = (initial: number) => exponentialDecay({ initial, decaySteps: 10, decayRate: 0.8 });
const all = ["tensorflow1", "keras", "pytorch"] as const;

/** Every optimizer that there is, in every variant, with what it can remember. */
const optimizers: Record<string, () => Optimizer> = {};
for (const variant of all) {
  optimizers[`SGD ${variant}`] = () => new SGD({ learningRate: rate(0.1), variant, clip: clipByValue(-0.1, 0.1) });
  optimizers[`Momentum ${variant}`] = () =>
    new Momentum({ learningRate: rate(0.05), momentum: 0.9, dampening: 0.1, variant, clip: clipByNorm(1) });
  optimizers[`Nesterov ${variant}`] = () => new Nesterov({ learningRate: rate(0.05), momentum: 0.9, variant });
  optimizers[`AdaGrad ${variant}`] = () =>
    new AdaGrad({ learningRate: rate(0.1), learningRateDecay: 0.01, variant, clip: clipByGlobalNorm(5, { variant }) });
  optimizers[`RMSProp ${variant}`] = () => new RMSProp({ learningRate: rate(0.01), variant });
  optimizers[`RMSProp centered ${variant}`] = () =>
    new RMSProp({ learningRate: rate(0.01), momentum: 0.5, centered: true, variant });
  optimizers[`Adam ${variant}`] = () => new Adam({ learningRate: rate(0.01), variant });
  optimizers[`Adam amsgrad ${variant}`] = () => new Adam({ learningRate: rate(0.01), amsgrad: true, variant });
  optimizers[`Adadelta ${variant}`] = () => new Adadelta({ learningRate: rate(0.5), variant });
  if (variant !== "tensorflow1") {
    optimizers[`Adamax ${variant}`] = () => new Adamax({ learningRate: rate(0.01), variant });
    optimizers[`NAdam ${variant}`] = () => new NAdam({ learningRate: rate(0.01), variant });
    optimizers[`AdamW ${variant}`] = () => new AdamW({ learningRate: rate(0.01), weightDecay: 0.1, variant });
  }
}

optimizers.Lion = () => new Lion({ learningRate: rate(0.003), weightDecay: 0.1 });

const network = (): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [64],
    layers: [
      new Dense({ units: 12, kernelRegularizer: l2(0.001), kernelConstraint: maxNorm(2) }),
      new BatchNorm(),
      new PReLU(),
      new Dropout({ rate: 0.3 }),
      new Dense({ units: 11, activation: "elu" }),
      new RReLU(),
      new Dense({ units: 10 }),
    ],
    seed: 7,
  });

const { train, validation: held } = await loadDigits();
const data = take(train, { to: 210 });
const validation = take(held, { to: 50 });
const batches = 10;

for (const [index, [name, optimizer]] of Object.entries(optimizers).entries()) {
  const path = `${folder}/${name}.safetensors`;
  const run = mode === "resume" ? await loadCheckpoint(path) : { model: network(), optimizer: optimizer() };
  // Another step for each, in every epoch and at its beginning and end: 1 to 30.
  const last = 1 + ((index * 7) % (3 * batches));
  const stop: Callback = {
    onStep: (training) => {
      if (training.optimizer.step === last) training.stop("a test");
    },
  };
  // The best is the first epoch: only who remembers it ends with it.
  const best = () => earlyStopping({ patience: 9, monitor: "loss", minDelta: 9, restoreBest: true });
  const early = index % 4 === 1 ? [best()] : [];
  const byHand = mode === "stop" && index % 4 === 0;
  const savers = mode === "stop" && !byHand ? [checkpoints(path, { everySteps: 4 })] : [];
  const callbacks = mode === "stop" ? [...savers, ...early, stop] : early;
  // With a seed of its own for the order, or that of the model; each way of cutting the data.
  const order = index % 2 ? { seed: 3 } : {};
  const remainder = ([undefined, "keep", "drop"] as const)[index % 3];
  const options = { epochs: 3, batchSize: 21, remainder, validation, ...order, callbacks };
  const history = await fit(run.model, data, { ...run, ...options });
  if (byHand) await saveCheckpoint({ ...run, history }, path);
  const bytes = encodeCheckpoint({ model: run.model, optimizer: run.optimizer });
  const digest = createHash("sha256").update(bytes).digest("hex");
  const epochs = history.epochs.map(({ seconds, ...record }) => record);
  const { step, learningRate } = run.optimizer;
  console.log(JSON.stringify({ name, step, learningRate, stopped: history.stopped, epochs, digest }));
}
