import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Variable } from "../../../src/autograd/variable.ts";
import { maxNorm, nonNegative } from "../../../src/layers/base/constraints.ts";
import { constant } from "../../../src/layers/base/initializers.ts";
import { l1, l2 } from "../../../src/layers/base/regularizers.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { Dropout } from "../../../src/layers/dropoutLayer.ts";
import { BatchNorm } from "../../../src/layers/normalization/batchNorm.ts";
import { PReLU } from "../../../src/layers/prelu.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { abs, add, div, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { greater, where } from "../../../src/ops/elementwise/compare.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { meanSquaredError } from "../../../src/ops/network/regressionLosses.ts";
import { mean } from "../../../src/ops/reduce/reduce.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { Momentum } from "../../../src/optim/momentum.ts";
import type { MinimizeOptions } from "../../../src/optim/optimizer/lossGradients.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { observeKernels } from "../../../src/tensor/interpret/eager.ts";
import { sameBits, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { errorOf, expectClose, onEachBackend, type Packed, pattern, unpack } from "../../layers/helpers.ts";

interface RunReference {
  readonly x: Packed;
  readonly target: Packed;
  readonly start: readonly Packed[];
  readonly losses: readonly number[];
  readonly end: readonly Packed[];
}

const { run } = JSON.parse(readFileSync(new URL("../../references/regularization.json", import.meta.url), "utf8")) as {
  readonly run: RunReference;
};

const penalized = (): Sequential => {
  const model = new Sequential({
    name: "dnn",
    inputShape: [4],
    seed: 1,
    layers: [
      new Dense({
        name: "hidden",
        units: 3,
        activation: "tanh",
        kernelRegularizer: l2(0.1),
        biasRegularizer: l1(0.05),
        activityRegularizer: l1(0.02),
        kernelConstraint: maxNorm(1.0, { axis: 1 }),
      }),
      new Dense({ name: "outputs", units: 2 }),
    ],
  });
  model.variables.forEach((variable, index) => {
    variable.assign(unpack(run.start[index]));
  });
  return model;
};

const [x, target] = [unpack(run.x), unpack(run.target)];
const values = (model: Sequential): readonly Tensor[] => model.variables.map((variable) => variable.read());
const sgd = (): SGD => new SGD({ learningRate: 0.5 });
const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b));

onEachBackend(() => {
  it("penalties of weights, biases and outputs, and max norm, follow the reference over eight steps", () => {
    const model = penalized();
    const optimizer = sgd();
    const losses = run.losses.map(() =>
      optimizer.minimize(() => meanSquaredError(model.call(x, { training: true }), target)).item(),
    );
    losses.forEach((loss, index) => {
      expect(Math.abs(loss - run.losses[index])).toBeLessThan(1e-5);
    });
    model.variables.forEach((variable, index) => {
      expectClose(variable.read(), run.end[index], 1e-5);
    });
  });

  it("penalties that are added by hand from losses() have the same bits", () => {
    const [itself, byHand] = [penalized(), penalized()];
    const [automatic, manual] = [sgd(), sgd()];
    for (let step = 0; step < 3; step++) {
      automatic.minimize(() => meanSquaredError(itself.call(x, { training: true }), target));
      manual.minimize(
        () => total([meanSquaredError(byHand.call(x, { training: true }), target), ...byHand.losses()]),
        byHand.trainableVariables,
        { regularize: false },
      );
    }
    values(itself).forEach((value, index) => {
      expect(sameBits(value, values(byHand)[index])).toBe(true);
    });
  });
});

describe("losses()", () => {
  it("losses() returns the penalties of variables and of the last outputs", () => {
    const model = penalized();
    expect(model.losses()).toHaveLength(2);
    const hidden = model.layer("hidden");
    const output = hidden.call(x);
    const sizes = model.losses().map((penalty) => penalty.item());
    const kernel = model.variable("hidden/kernel").read();
    expect(sizes).toHaveLength(3);
    expect(sizes[0]).toBeCloseTo(0.05 * sum(square(kernel)).item(), 6);
    expect(sizes[2]).toBeCloseTo((0.02 * sum(abs(output)).item()) / 6, 6);
    // Of another call, the other output.
    hidden.call(mul(x, 0));
    expect(model.losses()[2].item()).not.toBeCloseTo(sizes[2], 3);
    expect(hidden.losses()).toHaveLength(3);
    model.freeze("hidden/bias");
    expect(model.losses()).toHaveLength(2);
  });

  it("losses() returns the penalties of gamma, beta and slopes, and of the outputs of a model", () => {
    const half = (weights: Tensor): Tensor => mul(sum(weights), 0.5);
    const model = new Sequential({
      inputShape: [4],
      activityRegularizer: l1(3),
      layers: [
        new BatchNorm({ gammaRegularizer: l2(2), betaRegularizer: half, betaInitializer: "ones" }),
        new PReLU({ alphaRegularizer: l1(2), alphaInitializer: constant(0.25) }),
      ],
    });
    expect(model.losses().map((penalty) => penalty.item())).toEqual([4, 2, 2]);
    const loss = sgd().minimize(() => mul(sum(model.call(x)), 0));
    const shifted = div(add(x, Math.sqrt(1.001)), Math.sqrt(1.001));
    const output = sum(abs(where(greater(shifted, 0), shifted, mul(shifted, 0.25)))).item() / 6;
    expect(loss.item()).toBeCloseTo(4 + 2 + 2 + 3 * output, 4);
  });

  it("losses() has a penalty for each call of a step, and throws for the outputs of a step that has ended", () => {
    const model = penalized();
    const counts: number[] = [];
    const loss = (): Tensor => {
      model.call(x);
      counts.push(model.losses().length);
      const twice = mean(model.call(x));
      counts.push(model.losses().length);
      return twice;
    };
    const { value, loss: expected } = {
      value: sgd().minimize(loss).item(),
      loss: total([mean(penalized().call(x)), ...penalizedLosses(2)]).item(),
    };
    expect(counts).toEqual([3, 4]);
    expect(value).toBeCloseTo(expected, 6);
    expect(errorOf(() => model.losses())).toBe(
      "ValueError: dnn/hidden: the penalty of an output can be asked for in the step that computed it, got losses() after " +
        "its end. Ask in the loss function, or call the model before.",
    );
    model.call(x);
    expect(model.losses()).toHaveLength(3);
  });

  it("losses() does not count the run on shapes that builds a model", () => {
    const make = (inputShape?: readonly number[]): Sequential =>
      new Sequential({
        seed: 3,
        ...(inputShape ? { inputShape } : {}),
        layers: [new Dense({ units: 2, activityRegularizer: l1(1) }), new Dropout({ rate: 0.1 })],
      });
    const [built, late] = [make([4]), make()];
    const lossOf = (model: Sequential): number =>
      sgd()
        .minimize(() => mean(model.call(x)))
        .item();
    expect(lossOf(late)).toBe(lossOf(built));
  });
});

/** The penalties of a new model, that of its output as often as it is called. */
const penalizedLosses = (calls: number): readonly Tensor[] => {
  const model = penalized();
  model.call(x);
  const [kernel, bias, output] = model.losses();
  return [kernel, bias, ...Array.from({ length: calls }, () => output)];
};

describe("a penalty that is counted twice", () => {
  const message = (where: string): string =>
    `ValueError: ${where}: penalties must be counted once, got a loss that holds penalties of losses() beside those that are ` +
    "added by themselves. Pass { regularize: false } to minimize or fit, or leave losses() out of the loss.";
  const loss = (model: Sequential): Tensor => total([mean(model.call(x)), ...model.losses()]);

  it("a penalty that is counted twice throws, and changes nothing", () => {
    const model = penalized();
    const before = values(model);
    const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
    expect(errorOf(() => optimizer.minimize(() => loss(model)))).toBe(message("Momentum.minimize"));
    expect(errorOf(() => optimizer.computeGradients(() => loss(model), model.variables))).toBe(
      message("Momentum.computeGradients"),
    );
    // However they get into the loss.
    expect(errorOf(() => optimizer.minimize(() => add(sum(model.call(x)), mul(model.losses()[1], 3))))).toBe(
      message("Momentum.minimize"),
    );
    expect(values(model).every((value, index) => sameBits(value, before[index]))).toBe(true);
    expect(optimizer.step).toBe(0);
    const options: MinimizeOptions = { regularize: false };
    expect(optimizer.minimize(() => loss(model), model.variables, options).item()).toBeCloseTo(
      loss(penalized()).item(),
      6,
    );
  });

  it("reading losses() does not count them twice", () => {
    const model = penalized();
    const seen: number[] = [];
    const value = sgd().minimize(() => {
      const output = mean(model.call(x));
      seen.push(...model.losses().map((penalty) => penalty.item()));
      return output;
    });
    expect(seen).toHaveLength(3);
    expect(value.item()).toBeCloseTo(loss(penalized()).item(), 6);
  });

  it("with regularize: false no penalty is added", () => {
    const model = penalized();
    const value = sgd().minimize(() => mean(model.call(x)), model.variables, { regularize: false });
    expect(value.item()).toBe(mean(penalized().call(x)).item());
  });
});

describe("penalties of variables that a step does not train", () => {
  it("penalties of variables that are frozen or not listed are left out, and cost nothing", () => {
    const [frozen, listed] = [penalized(), penalized()];
    frozen.freeze("hidden");
    const ran: string[] = [];
    const value = observeKernels(
      (name) => ran.push(name),
      () => sgd().minimize(() => mean(frozen.call(x))),
    );
    expect(value.item()).toBe(mean(penalized().call(x)).item());
    expect(ran.filter((name) => ["abs", "square"].includes(name))).toEqual([]);
    const other = sgd().minimize(() => mean(listed.call(x)), listed.findVariables(/outputs/));
    expect(other.item()).toBe(value.item());
    // The outputs of a frozen layer count where a layer before it is trained.
    const bias = new Variable(tensor([1, 2, 3, 4]), { name: "offset" });
    const input = (): Tensor => add(x, bias.read());
    const whole = penalized();
    whole.freeze();
    const alone = mean(whole.call(input())).item();
    const penalty = whole.losses()[0].item();
    expect(penalty).toBeGreaterThan(0.01);
    expect(
      sgd()
        .minimize(() => mean(whole.call(input())))
        .item(),
    ).toBeCloseTo(alone + penalty, 6);
  });
});

describe("errors of penalties", () => {
  it("errors of penalties name the variable, the layer and the option", () => {
    const bad = new Dense({ name: "bad", units: 2, kernelRegularizer: square });
    expect(errorOf(() => sgd().minimize(() => mean(bad.call(x))))).toBe(
      "ShapeError: bad/kernel: a regularizer must give one number, got float32 [4, 2]. Take its sum.",
    );
    const worse = new Dense({ name: "worse", units: 2, activityRegularizer: () => 3 as never });
    expect(errorOf(() => sgd().minimize(() => mean(worse.call(x))))).toBe(
      "ShapeError: worse: a regularizer must give one number, got 3. Take its sum.",
    );
    const w = new Variable(tensor([1]), { name: "w", constraint: () => undefined as never });
    expect(errorOf(() => sgd().minimize(() => sum(w.read())))).toBe(
      "ValueError: w: a constraint must return a tensor, got undefined. Return the weights that take the place of the given ones.",
    );
    expect(errorOf(() => sgd().minimize(() => sum(w.read()), undefined, { regularise: false } as never))).toBe(
      'ValueError: SGD.minimize: every option must be one that exists, got "regularise". The options are regularize.',
    );
    expect(errorOf(() => sgd().minimize(() => sum(w.read()), undefined, { regularize: 0 } as never))).toMatch(
      /^ValueError: SGD.minimize: regularize must be true or false, got 0/,
    );
  });
});

describe("constraints", () => {
  it("constraints, also custom ones, hold after every update", () => {
    const layer = new Dense({
      units: 3,
      seed: 1,
      kernelConstraint: nonNegative(),
      biasConstraint: (weights) => mul(weights, 0),
    });
    const optimizer = new SGD({ learningRate: 0.3 });
    for (let step = 0; step < 5; step++) {
      optimizer.minimize(() => sum(add(layer.call(pattern([5, 4])), -1)));
      expect(Math.min(...layer.kernel.read().data)).toBeGreaterThanOrEqual(0);
      expect(layer.bias.read().toArray().toString()).toMatch(/^-?0,-?0,-?0$/);
    }
  });
});
