import {
  Adam,
  checkpoints,
  Dense,
  Dropout,
  exponentialDecay,
  fit,
  loadCheckpoint,
  loadMnist,
  Sequential,
} from "gradus";

// Stop it at any moment, also with Ctrl-C, and start it again: the run resumes, and ends with the bits of a run that never
// stopped.
const { train, validation } = await loadMnist({ validation: 5000 });

const run = (await loadCheckpoint("run.safetensors", { optional: true })) ?? {
  model: new Sequential({
    name: "dnn",
    inputShape: [784],
    layers: [
      new Dense({ name: "hidden1", units: 300, activation: "elu" }),
      new Dropout({ rate: 0.5 }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed: 7,
  }),
  optimizer: new Adam({ learningRate: exponentialDecay({ initial: 0.001, decaySteps: 1000, decayRate: 0.9 }) }),
};

await fit(run.model, train, {
  ...run,
  epochs: 20,
  batchSize: 50,
  seed: 7,
  validation,
  callbacks: [checkpoints("run.safetensors", { everySteps: 500 })],
});
