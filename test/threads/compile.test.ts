import { afterEach, expect, test } from "vitest";
import {
  Adam,
  BatchNorm,
  compile,
  Dense,
  Dropout,
  randomUniform,
  Sequential,
  setThreads,
  softmaxCrossEntropy,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { expectSameBits } from "./bits.ts";

afterEach(() => setThreads(1));

const layers = () => [
  new Dense({ units: 64, activation: "relu" }),
  new BatchNorm(),
  new Dropout({ rate: 0.5 }),
  new Dense({ units: 10 }),
];

const x = randomUniform([200, 784], { seed: 1 });
const y = tensor(Int32Array.from({ length: 200 }, (_, index) => index % 10));

/** A model, and its step of training: recorded, or as it is. */
const training = (isCompiled: boolean): { readonly model: Sequential; readonly step: (x: Tensor) => Tensor } => {
  const model = new Sequential({ inputShape: [784], layers: layers(), seed: 3 });
  const optimizer = new Adam({ learningRate: 0.01 });
  const step = (input: Tensor): Tensor =>
    optimizer.minimize(() => softmaxCrossEntropy(model.call(input, { training: true }), y), model.trainableVariables);
  return { model, step: isCompiled ? compile(step) : step };
};

const bitsAfter = (isCompiled: boolean): readonly Tensor[] => {
  const { model, step } = training(isCompiled);
  const losses = Array.from({ length: 5 }, () => step(x));
  return [...losses, ...model.variables.map((variable) => variable.read())];
};

test("a compiled step has the same bits with 1, 2 and 3 threads", async () => {
  await expectSameBits(() => bitsAfter(true), "compiled");
});

test("a compiled step with two threads has the bits of the step as it is", async () => {
  await setThreads(2);
  const [expected, actual] = [bitsAfter(false), bitsAfter(true)];
  for (const [index, value] of expected.entries()) expect(actual[index].data).toEqual(value.data);
});

test("a compiled step is recorded anew when the number of threads changes", async () => {
  const [asItIs, compiled] = [training(false), training(true)];
  for (const threads of [1, 1, 1, 2, 2, 2, 3, 3, 1, 1]) {
    await setThreads(threads);
    expect(compiled.step(x).data).toEqual(asItIs.step(x).data);
    for (const [index, variable] of asItIs.model.variables.entries()) {
      expect(compiled.model.variables[index].read().data).toEqual(variable.read().data);
    }
  }
});
