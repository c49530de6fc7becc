import { describe, expect, it } from "vitest";
import type { Variable } from "../../../src/autograd/variable.ts";
import { Layer } from "../../../src/layers/base/layer.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { BatchNorm } from "../../../src/layers/normalization/batchNorm.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { elu } from "../../../src/ops/elementwise/rectifier.ts";
import { mean } from "../../../src/ops/reduce/reduce.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { Momentum } from "../../../src/optim/momentum.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { observeKernels } from "../../../src/tensor/interpret/eager.ts";
import { sameBits, type Tensor } from "../../../src/tensor/tensor.ts";
import { errorOf, onEachBackend, pattern } from "../helpers.ts";

const network = (inputShape?: readonly number[]): Sequential =>
  new Sequential({
    name: "dnn",
    ...(inputShape ? { inputShape } : {}),
    seed: 1,
    layers: [
      new Dense({ name: "hidden1", units: 5 }),
      new BatchNorm({ name: "bn1", momentum: 0.5 }),
      elu,
      new Dense({ name: "hidden2", units: 4, activation: "relu" }),
      new Dense({ name: "outputs", units: 3 }),
    ],
  });

const trained = (model: Layer): readonly string[] =>
  model.trainableVariables.map(({ name }) => name.replace("dnn/", ""));
const values = (model: Layer): readonly Tensor[] => model.variables.map((variable) => variable.read());
const x = pattern([6, 7]);

/** The names of the variables that the body changes. */
const changedBy = (model: Layer, body: () => void): readonly string[] => {
  const before = values(model);
  body();
  const after = values(model);
  return model.variables.filter((_, index) => !sameBits(before[index], after[index])).map(({ name }) => name.slice(4));
};

const step = (model: Sequential, variables?: readonly Variable[]): void => {
  new SGD({ learningRate: 0.1 }).minimize(() => mean(square(model.call(x, { training: true }))), variables);
};

describe("freeze and unfreeze", () => {
  it("freeze and unfreeze take patterns, names and nothing, and return the variables that match", () => {
    const model = network([7]);
    expect(model.freeze(/hidden[12]/)).toEqual([
      "dnn/hidden1/kernel",
      "dnn/hidden1/bias",
      "dnn/hidden2/kernel",
      "dnn/hidden2/bias",
    ]);
    expect(trained(model)).toEqual(["bn1/gamma", "bn1/beta", "outputs/kernel", "outputs/bias"]);
    expect(model.unfreeze("hidden2")).toEqual(["dnn/hidden2/kernel", "dnn/hidden2/bias"]);
    expect(model.unfreeze("dnn/hidden1/bias")).toEqual(["dnn/hidden1/bias"]);
    expect(model.freeze("bn1/gamma")).toEqual(["dnn/bn1/gamma"]);
    expect(trained(model)).toEqual([
      "hidden1/bias",
      "bn1/beta",
      "hidden2/kernel",
      "hidden2/bias",
      "outputs/kernel",
      "outputs/bias",
    ]);
    expect(model.freeze(/kernel$/g)).toHaveLength(3);
    expect(trained(model)).toEqual(["hidden1/bias", "bn1/beta", "hidden2/bias", "outputs/bias"]);
    expect(model.freeze()).toHaveLength(8);
    expect(trained(model)).toEqual([]);
    // Moving statistics are matched as well, and are nothing to train.
    expect(model.unfreeze(/./)).toHaveLength(8);
    expect(model.variable("bn1/moving_mean").trainable).toBe(false);
    expect(trained(model)).toHaveLength(8);
  });

  it("freeze and unfreeze set a layer as a whole where its path or all of its variables match", () => {
    const model = network([7]);
    const norm = model.layer("bn1");
    model.freeze(/gamma|beta/);
    expect([norm.trainable, norm.trainableVariables]).toEqual([true, []]);
    model.freeze(/bn1\//);
    expect(norm.trainable).toBe(false);
    model.unfreeze(/bn1\//);
    expect([norm.trainable, norm.trainableVariables.length]).toEqual([true, 2]);
    model.layer("hidden1").freeze();
    expect(model.layer("hidden1").trainable).toBe(false);
    // All paths contain the name of the model.
    expect(model.freeze(/^dnn/)).toHaveLength(8);
  });

  it("freeze and unfreeze throw for a pattern that matches nothing, and for a value that is not a pattern", () => {
    const model = network([7]);
    expect(errorOf(() => model.freeze(/hidden9/))).toBe(
      "ValueError: dnn: freeze must match a layer or a variable, got /hidden9/. " +
        "The layers are dnn/hidden1, dnn/bn1, dnn/elu, dnn/hidden2, dnn/outputs.",
    );
    expect(errorOf(() => model.unfreeze("idden1"))).toMatch(/^ValueError: dnn: unfreeze must match .* got "idden1"\./);
    expect(errorOf(() => model.freeze(""))).toMatch(/got ""\./);
    expect(errorOf(() => model.freeze(["hidden1"] as never))).toBe(
      'ValueError: dnn: freeze takes a regular expression or a name, got ["hidden1"]. Pass /hidden[12]/, for example.',
    );
    expect(trained(model)).toHaveLength(8);
  });

  it("freeze and unfreeze reach layers that are not built yet, and layers inside of others", () => {
    const late = network();
    late.freeze(/hidden1|bn1/);
    late.call(x);
    expect(trained(late)).toEqual(["hidden2/kernel", "hidden2/bias", "outputs/kernel", "outputs/bias"]);
    late.unfreeze("hidden1");
    expect(trained(late).slice(0, 2)).toEqual(["hidden1/kernel", "hidden1/bias"]);

    const inner = new Sequential({ name: "inner", layers: [new Dense({ name: "a", units: 2 }), new BatchNorm()] });
    const model = new Sequential({ name: "dnn", inputShape: [7], layers: [inner, new Dense({ name: "b", units: 1 })] });
    expect(model.freeze("inner/a/kernel")).toEqual(["dnn/inner/a/kernel"]);
    expect(model.freeze("inner")).toHaveLength(4);
    expect([model.layer("inner/batch_norm").trainable, inner.trainable]).toEqual([false, false]);
  });

  it("freeze and unfreeze reach the sublayers that a custom layer names", () => {
    class Twice extends Layer {
      readonly inner: Dense = new Dense({ name: "inner", units: 7 });
      readonly norm: BatchNorm = new BatchNorm();
      build(): void {}
      override get sublayers(): readonly Layer[] {
        return [this.inner, this.norm];
      }
      override get variables(): readonly Variable[] {
        return this.sublayers.flatMap(({ variables }) => variables);
      }
      call(input: Tensor): Tensor {
        return this.norm.call(this.inner.call(input));
      }
    }
    const twice = new Twice();
    const model = new Sequential({ name: "dnn", inputShape: [7], layers: [twice, new Dense({ units: 1 })] });
    model.freeze("twice");
    expect([twice.inner.trainable, twice.norm.trainable, twice.trainableVariables]).toEqual([false, false, []]);
    model.unfreeze("twice/inner/kernel");
    expect(twice.trainableVariables).toEqual([twice.inner.kernel]);
  });
});

onEachBackend(() => {
  it("freeze takes effect at once, with and without a list of variables", () => {
    const model = network([7]);
    const everything = model.trainableVariables;
    expect(changedBy(model, () => step(model))).toHaveLength(10);
    model.freeze(/hidden1|bn1/);
    const rest = ["hidden2/kernel", "hidden2/bias", "outputs/kernel", "outputs/bias"];
    expect(changedBy(model, () => step(model))).toEqual(rest);
    // A list that was made before.
    expect(changedBy(model, () => step(model, everything))).toEqual(rest);
    model.unfreeze("bn1");
    expect(changedBy(model, () => step(model))).toEqual([
      "bn1/gamma",
      "bn1/beta",
      "bn1/moving_mean",
      "bn1/moving_variance",
      ...rest,
    ]);
  });

  it("minimize trains only the listed variables, and computes no other gradients", () => {
    const model = network([7]);
    const outputs = model.findVariables(/outputs/);
    const kernels: string[] = [];
    const observed = (variables?: readonly Variable[]): readonly string[] => {
      kernels.length = 0;
      observeKernels(
        (primitive) => kernels.push(primitive),
        () => step(model, variables),
      );
      return kernels.filter((kernel) => ["affineGradient", "matmul", "batchNormGradient"].includes(kernel));
    };
    // Backwards: two gradients of variables and of inputs, the normalization's, and the first layer's variables.
    expect(observed()).toEqual([
      "matmul",
      "affineGradient",
      "matmul",
      "affineGradient",
      "batchNormGradient",
      "affineGradient",
    ]);
    expect(changedBy(model, () => expect(observed(outputs)).toEqual(["affineGradient"]))).toEqual([
      "bn1/moving_mean",
      "bn1/moving_variance",
      "outputs/kernel",
      "outputs/bias",
    ]);
    // One variable of a layer that computes the gradients of both at once.
    observed([model.variable("outputs/bias")]);
    expect(kernels.filter((kernel) => kernel === "affineGradient" || kernel === "matmul")).toEqual([]);
  });

  it("a frozen batch norm runs in inference mode, and its statistics stay", () => {
    const model = network([7]);
    step(model);
    model.freeze(/bn1/);
    const [training, inference] = [model.call(x, { training: true }), model.call(x)];
    expect(sameBits(training, inference)).toBe(true);
    const names = changedBy(model, () => {
      step(model);
      step(model, model.variables);
    });
    expect(names).toEqual([
      "hidden1/kernel",
      "hidden1/bias",
      "hidden2/kernel",
      "hidden2/bias",
      "outputs/kernel",
      "outputs/bias",
    ]);
    model.unfreeze(/bn1/);
    expect(sameBits(model.call(x, { training: true }), model.call(x))).toBe(false);
  });

  it("an optimizer keeps the slots of frozen variables, and uses them again", () => {
    const model = network([7]);
    const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
    const once = (): void => {
      optimizer.minimize(() => sum(square(model.call(x))));
    };
    once();
    const kernel = model.variable("hidden1/kernel");
    const before = optimizer.slots(kernel).momentum.read();
    model.freeze("hidden1");
    once();
    expect(sameBits(optimizer.slots(kernel).momentum.read(), before)).toBe(true);
    model.unfreeze("hidden1");
    once();
    expect(sameBits(optimizer.slots(kernel).momentum.read(), before)).toBe(false);
  });
});
