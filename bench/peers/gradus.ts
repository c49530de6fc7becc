// gradus, from its sources.
import * as gradus from "../../src/index.ts";
import { batchesOf, inTurns, layersOf, serve } from "./worker.mjs";
import type { Spec } from "./workloads.ts";

const { Activation, Adam, BatchNorm, Conv2D, Dense, Flatten, MaxPooling2D, Sequential, SGD } = gradus;
const { meanSquaredError, softmaxCrossEntropy, tensor } = gradus;

const build = (spec: Spec): gradus.Sequential => {
  const names = layersOf(spec);
  const layers = names.flatMap((name, index) => {
    const activation = index < names.length - 1 ? spec.activation : undefined;
    const units = spec.sizes[index + 1];
    if (!spec.batchNorm) return [new Dense({ name, units, activation })];
    const norm = [new Dense({ name, units }), new BatchNorm({ momentum: 0.9, epsilon: 1e-3 })];
    return activation ? [...norm, new Activation(activation)] : norm;
  });
  const convolutions = spec.filters.flatMap((filters, index) => [
    new Conv2D({ name: `convolution${index + 1}`, filters, kernelSize: 3, activation: spec.activation }),
    new MaxPooling2D(),
  ]);
  const flatten = spec.image ? [new Flatten()] : [];
  const inputShape = spec.image ?? [spec.sizes[0]];
  return new Sequential({ name: "model", inputShape, layers: [...convolutions, ...flatten, ...layers] });
};

/** Starts threads, and throws in a version that does not have them. */
const useThreads = async (count: number): Promise<string> => {
  if (count === 1) return "1 thread";
  const { setThreads } = gradus as { readonly setThreads?: (count: number) => Promise<number> };
  if (!setThreads) throw new Error("this version has one thread");
  const got = await setThreads(count);
  if (got !== count) throw new Error(`got ${got} of ${count} threads`);
  return `${got} threads`;
};

await serve(async (spec, tensors) => {
  const threads = await useThreads(Number(process.argv[2] ?? 1));
  const isCompiled = process.argv[3] === "compiled";
  const info = { library: isCompiled ? "gradus, compiled" : "gradus", backend: gradus.getBackend(), threads };
  const model = build(spec);
  const values = Object.entries(tensors).filter(([name]) => name.includes("/"));
  model.assign(
    Object.fromEntries(values.map(([name, { data, shape }]) => [`model/${name}`, tensor(data, { shape })])),
    {
      strict: false,
    },
  );
  const batches = batchesOf(spec, tensors, (x, y) => ({
    x: tensor(x.data, { shape: x.shape }),
    y: y && tensor(y.data, { shape: y.shape }),
  }));
  if (spec.task === "predict") return { info, step: inTurns(batches, ({ x }) => model.predict(x).data) };
  const { learningRate } = spec;
  const optimizer =
    spec.optimizer === "adam"
      ? new Adam({ learningRate, epsilon: 1e-7, variant: "pytorch" })
      : new SGD({ learningRate });
  const loss = spec.loss === "softmax" ? softmaxCrossEntropy : meanSquaredError;
  const variables = model.trainableVariables;
  const update = (x: gradus.Tensor, y: gradus.Tensor): gradus.Tensor =>
    optimizer.minimize(() => loss(model.call(x, { training: true }), y), variables);
  const run = isCompiled ? gradus.compile(update) : update;
  const step = inTurns(batches, ({ x, y }) => run(x, y!).item());
  return { info, step };
});
