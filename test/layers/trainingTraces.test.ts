import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Activation } from "../../src/layers/activation.ts";
import { Conv2D } from "../../src/layers/convolution/conv2dLayer.ts";
import { Conv2DTranspose } from "../../src/layers/convolution/conv2dTransposeLayer.ts";
import { DepthwiseConv2D } from "../../src/layers/convolution/depthwiseConv2dLayer.ts";
import { Dense } from "../../src/layers/dense.ts";
import { Embedding } from "../../src/layers/embeddingLayer.ts";
import { AveragePooling2D } from "../../src/layers/image/averagePooling.ts";
import { Flatten } from "../../src/layers/image/flatten.ts";
import { GlobalAveragePooling1D } from "../../src/layers/image/globalPooling.ts";
import { MaxPooling2D } from "../../src/layers/image/maxPooling.ts";
import { LayerNorm } from "../../src/layers/normalization/layerNormLayer.ts";
import { Sequential } from "../../src/layers/sequential.ts";
import { softmaxCrossEntropy } from "../../src/ops/network/losses.ts";
import { meanSquaredError } from "../../src/ops/network/regressionLosses.ts";
import { Adam } from "../../src/optim/adam.ts";
import type { Optimizer } from "../../src/optim/optimizer/optimizer.ts";
import { SGD } from "../../src/optim/sgd.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { onEachBackend, type Packed, unpack } from "./helpers.ts";

/** Twenty steps of whole networks against those of PyTorch (test/references/training.py). */

interface Trace {
  readonly losses: readonly number[];
  /** The values of the variables after the last step. */
  readonly end: Readonly<Record<string, Packed>>;
}

interface Network {
  readonly x: Packed;
  readonly y: Packed;
  readonly start: Readonly<Record<string, Packed>>;
  readonly runs: Readonly<Record<string, Trace>>;
}

const networks = JSON.parse(readFileSync(new URL("../references/training.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Network>
>;

const same = { padding: "same" } as const;

const models: Readonly<Record<string, () => Sequential>> = {
  cnn: () =>
    new Sequential({
      name: "net",
      inputShape: [7, 7, 2],
      layers: [
        new Conv2D({ name: "conv1", filters: 3, kernelSize: 3, activation: "tanh" }),
        new MaxPooling2D({ poolSize: 2, strides: 1, ...same }),
        new DepthwiseConv2D({
          name: "depthwise",
          kernelSize: 2,
          depthMultiplier: 2,
          strides: 2,
          activation: "elu",
          ...same,
        }),
        new AveragePooling2D({ poolSize: 2, strides: 1, ...same }),
        new Conv2DTranspose({ name: "transpose", filters: 2, kernelSize: 3, strides: 2, ...same }),
        new LayerNorm({ name: "norm" }),
        new Conv2D({ name: "conv2", filters: 3, kernelSize: 3, strides: 2, activation: "silu", ...same }),
        new Flatten(),
        new Dense({ name: "outputs", units: 3 }),
      ],
    }),
  normed: () =>
    new Sequential({
      name: "net",
      inputShape: [4],
      layers: [
        new Dense({ name: "hidden", units: 5 }),
        new LayerNorm({ name: "norm" }),
        new Activation("tanh"),
        new Dense({ name: "outputs", units: 1 }),
      ],
    }),
  embedded: () =>
    new Sequential({
      name: "net",
      inputShape: [3],
      layers: [
        new Embedding({ name: "embedding", inputDim: 7, outputDim: 3 }),
        new GlobalAveragePooling1D(),
        new Dense({ name: "outputs", units: 2 }),
      ],
    }),
};

const optimizers: Readonly<Record<string, () => Optimizer>> = {
  SGD: () => new SGD({ learningRate: 0.02 }),
  Adam: () => new Adam({ learningRate: 0.01, variant: "pytorch" }),
};

const whole = ({ shape, data }: Packed): Tensor => tensor(Int32Array.from(data), { shape });

/** The largest difference to the trace, of losses and of variables after the last step. */
const worstError = (name: string, optimizerName: string): number => {
  const network = networks[name];
  const model = models[name]();
  model.assign(
    Object.fromEntries(Object.entries(network.start).map(([path, value]) => [`net/${path}`, unpack(value)])),
  );
  const x = name === "embedded" ? whole(network.x) : unpack(network.x);
  const loss = (): Tensor =>
    name === "normed"
      ? meanSquaredError(model.call(x, { training: true }), unpack(network.y))
      : softmaxCrossEntropy(model.call(x, { training: true }), whole(network.y));
  const optimizer = optimizers[optimizerName]();
  const trace = network.runs[optimizerName];
  let worst = 0;
  for (const expected of trace.losses) worst = Math.max(worst, Math.abs(optimizer.minimize(loss).item() - expected));
  expect(Object.keys(trace.end)).toHaveLength(model.variables.length);
  for (const [path, { data }] of Object.entries(trace.end)) {
    const values = model.variable(path).read().data;
    for (const [index, value] of data.entries()) worst = Math.max(worst, Math.abs(values[index] - value));
  }
  return worst;
};

const runs = Object.entries(networks).flatMap(([name, network]) =>
  Object.keys(network.runs).map((optimizer) => [name, optimizer] as const),
);

onEachBackend(() => {
  describe("training of whole networks", () => {
    it.each(runs)("20 steps of the network %s with %s follow those of PyTorch", (name, optimizer) => {
      // Values are of the size of 1, and the worst of them is 5e-7 away.
      expect(worstError(name, optimizer)).toBeLessThan(2e-6);
    });
  });
});
