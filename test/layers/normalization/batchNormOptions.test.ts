import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import type { Variable } from "../../../src/autograd/variable.ts";
import { described } from "../../../src/base/describe.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { BatchNorm } from "../../../src/layers/normalization/batchNorm.ts";
import type { BatchNormOptions } from "../../../src/layers/normalization/batchNormOptions.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { add, maximum, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { randomUniform } from "../../../src/ops/random/distributions.ts";
import { mean } from "../../../src/ops/reduce/reduce.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { runStep } from "../../../src/tensor/memory/step.ts";
import { ones, sameBits, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { errorOf, expectClose, onEachBackend, type Packed, pattern, unpack } from "../helpers.ts";

interface Step {
  readonly x: Packed;
  readonly cotangent: Packed;
  readonly y: Packed;
  readonly dx: Packed;
  readonly dgamma: Packed;
  readonly dbeta: Packed;
  readonly moving: Readonly<Record<string, Packed>>;
}

interface Case {
  readonly name: string;
  readonly options: BatchNormOptions;
  readonly gamma: Packed;
  readonly beta: Packed;
  readonly adjustment?: readonly [Packed, Packed];
  readonly steps: readonly Step[];
  readonly probe: Packed;
  readonly inference: Packed;
}

const { cases } = JSON.parse(readFileSync(new URL("../../references/batchNorm.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
};

const layerOf = ({ options, gamma, beta, adjustment }: Case): BatchNorm =>
  new BatchNorm({
    ...options,
    gammaInitializer: () => unpack(gamma),
    betaInitializer: () => unpack(beta),
    ...(adjustment ? { adjustment: () => [unpack(adjustment[0]), unpack(adjustment[1])] as const } : {}),
  });

const named = (layer: BatchNorm, name: string): Variable =>
  layer.variables.find((reference) => reference.name.endsWith(`/${name}`))!;

/** The gradients of Σ y·cotangent in x and the parameters, as a training step finds them. */
const gradientsOf = (layer: BatchNorm, { x, cotangent }: Step): readonly Tensor[] => {
  const parameters = layer.trainableVariables;
  const gradients: unknown = grad((...inputs: Tensor[]) => {
    parameters.forEach((variable, index) => {
      variable.override(inputs[index + 1]);
    });
    return sum(mul(layer.call(inputs[0], { training: true }), unpack(cotangent)));
  })(unpack(x), ...parameters.map((variable) => variable.read()));
  return (Array.isArray(gradients) ? gradients : [gradients]) as readonly Tensor[];
};

onEachBackend(() => {
  describe("BatchNorm", () => {
    it.each(cases.map((reference) => [reference.name, reference] as const))(
      "BatchNorm computes TensorFlow's values, step by step: %s",
      (_name, reference) => {
        // A gradient is a step of its own, which moves statistics: another layer finds it.
        const [layer, twin] = [layerOf(reference), layerOf(reference)];
        layer.call(unpack(reference.probe));
        twin.call(unpack(reference.probe));
        for (const step of reference.steps) {
          twin.variables.forEach((variable, index) => {
            if (!variable.trainable) variable.assign(layer.variables[index].read());
          });
          const gradients = gradientsOf(twin, step);
          expectClose(layer.call(unpack(step.x), { training: true }), step.y, 2e-5);
          const [dx, ...rest] = gradients;
          expectClose(dx, step.dx, 5e-5);
          const parameters = [layer.gamma ? step.dgamma : [], layer.beta ? step.dbeta : []].flat();
          expect(rest).toHaveLength(parameters.length);
          parameters.forEach((expected, index) => {
            expectClose(rest[index], expected, 5e-5);
          });
          expect(layer.variables.filter(({ trainable }) => !trainable).map(({ name }) => name.split("/")[1])).toEqual(
            Object.keys(step.moving),
          );
          for (const [name, expected] of Object.entries(step.moving)) {
            expectClose(named(layer, name).read(), expected, 1e-5);
          }
        }
        expectClose(layer.call(unpack(reference.probe)), reference.inference, 5e-5);
      },
    );

    it("BatchNorm gives one axis in a list the same bits as the axis", () => {
      const x = pattern([3, 4, 2]);
      const [reference, list] = [new BatchNorm({ axis: 1 }), new BatchNorm({ axis: [1] })];
      expect(sameBits(reference.call(x, { training: true }), list.call(x, { training: true }))).toBe(true);
      expect(list.gamma.shape).toEqual([4]);
    });

    it("BatchNorm ignores virtual batches in inference, where a batch may have any size", () => {
      const layer = new BatchNorm({ virtualBatchSize: 4 });
      layer.call(pattern([8, 3]), { training: true });
      expect(layer.call(pattern([3, 3])).shape).toEqual([3, 3]);
    });

    it("BatchNorm adjusts in training only, also by plain numbers, and with random numbers of the layer", () => {
      const doubled = new BatchNorm({ adjustment: () => [2, 1] });
      const plain = new BatchNorm();
      const x = pattern([5, 3]);
      const expected = plain.call(x, { training: true }).data.map((reference) => reference * 2 + 1);
      expectClose(doubled.call(x, { training: true }), { shape: [5, 3], data: [...expected] }, 1e-6);
      expect(sameBits(doubled.call(x), plain.call(x))).toBe(true);
      const noisy = (): Tensor => {
        const layer = new BatchNorm({
          seed: 3,
          adjustment: (shape, random) => [
            randomUniform(shape.slice(-1), { min: 0.9, max: 1.1, random }),
            randomUniform(shape.slice(-1), { min: -0.1, max: 0.1, random }),
          ],
        });
        const first = layer.call(x, { training: true });
        expect(sameBits(first, layer.call(x, { training: true }))).toBe(false);
        return first;
      };
      expect(sameBits(noisy(), noisy())).toBe(true);
    });

    it("BatchNorm corrects by the statistics before the step, and moves them at its end, once for each call", () => {
      const layer = new BatchNorm({ renorm: true, renormMomentum: 0, momentum: 0 });
      const x = tensor([[1], [3]]);
      const seen: number[] = [];
      runStep(
        () => {
          layer.call(x, { training: true });
          seen.push(named(layer, "renorm_mean").read().item());
          layer.call(x, { training: true });
        },
        () => {},
      );
      seen.push(named(layer, "renorm_mean").read().item(), layer.movingMean.read().item());
      expect(seen).toEqual([0, 2, 2]);
      // Corrected by its own statistics, the batch is what inference makes of it.
      const [training, inference] = [layer.call(x, { training: true }), layer.call(x)];
      training.data.forEach((value, index) => {
        expect(value).toBeCloseTo(inference.data[index], 5);
      });
    });

    it("BatchNorm uses new bounds of the corrections at once", () => {
      const layer = new BatchNorm({ renorm: true, renormClipping: { rmax: 1, rmin: 1, dmax: 0 } });
      const plain = new BatchNorm();
      const x = pattern([6, 2]);
      expect(sameBits(layer.call(x, { training: true }), plain.call(x, { training: true }))).toBe(true);
      layer.renormClipping = { rmax: 3, dmax: 5 };
      expect(layer.config()).toMatchObject({ renorm: true, renormClipping: { rmax: 3, dmax: 5 } });
      expect(sameBits(layer.call(x, { training: true }), plain.call(x, { training: true }))).toBe(false);
    });

    it("BatchNorm is regularized and constrained by its options", () => {
      const norm = new BatchNorm({
        gammaRegularizer: (gamma) => mul(sum(square(gamma)), 0.5),
        betaRegularizer: (beta) => sum(beta),
        gammaConstraint: (gamma) => maximum(gamma, 0.75),
        betaConstraint: (beta) => maximum(beta, -0.25),
      });
      const x = pattern([4, 2]);
      norm.call(x);
      const loss = new SGD({ learningRate: 0.5 }).minimize(() => mean(mul(norm.call(x, { training: true }), 0)));
      // ½·Σγ² + Σβ at γ = 1, β = 0; then γ − 0.5·γ and β − 0.5, no further than the constraints.
      expect(loss.item()).toBe(1);
      expect(norm.gamma.read().toArray()).toEqual([0.75, 0.75]);
      expect(norm.beta.read().toArray()).toEqual([-0.25, -0.25]);
    });

    it("BatchNorm shares its variables between models, and both move them", () => {
      const shared = new BatchNorm({ name: "shared", momentum: 0.5 });
      const first = new Sequential({ name: "first", inputShape: [2], layers: [shared] });
      const second = new Sequential({ name: "second", inputShape: [2], layers: [shared, new Dense({ units: 1 })] });
      expect(second.variables.slice(0, 4)).toEqual(first.variables);
      expect(first.variables[0].name).toBe("first/shared/gamma");
      first.call(tensor([[1, 3]]), { training: true });
      second.call(tensor([[1, 3]]), { training: true });
      expect(shared.movingMean.read().toArray()).toEqual([0.75, 2.25]);
      new SGD({ learningRate: 1 }).minimize(() =>
        sum(
          second.call(
            tensor([
              [1, 1],
              [2, 4],
            ]),
            { training: true },
          ),
        ),
      );
      expect(sameBits(first.layers[0].variables[1].read(), shared.beta.read())).toBe(true);
      expect(shared.beta.read().toArray()).not.toEqual([0, 0]);
    });

    it("BatchNorm trains a network with each option", () => {
      const options: readonly BatchNormOptions[] = [
        { renorm: true, renormClipping: { rmax: 3, dmax: 5 } },
        { virtualBatchSize: 4 },
        { adjustment: (shape, random) => [randomUniform(shape.slice(-1), { min: 0.93, max: 1.07, random }), 0] },
      ];
      const x = pattern([8, 4]);
      const y = mul(sum(x, { axis: 1, keepDims: true }), 0.5);
      for (const reference of options) {
        const layers = [new Dense({ units: 6 }), new BatchNorm(reference), new Dense({ units: 1 })];
        const model = new Sequential({ inputShape: [4], layers, seed: 1 });
        const optimizer = new SGD({ learningRate: 0.1 });
        const step = (): number =>
          optimizer.minimize(() => mean(square(add(model.call(x, { training: true }), mul(y, -1))))).item();
        const before = step();
        for (let index = 0; index < 60; index++) step();
        expect(step()).toBeLessThan(0.2 * before);
      }
    });
  });
});

describe("config", () => {
  it("BatchNorm's config builds an equal layer", () => {
    const options: BatchNormOptions = {
      name: "bn",
      axis: [1, 3],
      momentum: 0.9,
      renorm: true,
      renormClipping: { rmax: 2 },
      renormMomentum: 0.8,
      virtualBatchSize: 2,
    };
    const config = JSON.parse(JSON.stringify(new BatchNorm(options).config())) as BatchNormOptions;
    expect(config).toEqual(options);
    expect(new BatchNorm(config).config()).toEqual(options);
  });

  it("BatchNorm's config has described functions, and throws for others by name", () => {
    const halve = described((weights: Tensor) => mul(weights, 0.5), "halve");
    expect(new BatchNorm({ gammaConstraint: halve }).config()).toEqual({
      name: "batch_norm",
      gammaConstraint: { function: "halve", options: {} },
    });
    expect(errorOf(() => new BatchNorm({ adjustment: () => [1, 0] }).config())).toContain(
      "ValueError: batch_norm: adjustment must have a description to be saved",
    );
  });
});

describe("errors of BatchNorm's options", () => {
  const norm =
    (options: object): (() => unknown) =>
    () =>
      new BatchNorm(options as BatchNormOptions);
  it.each([
    [
      norm({ axis: [1, 0] }),
      "ValueError: BatchNorm: axis must be a whole number other than 0 (the rows), or a list of at least one, got [1, 0].",
    ],
    [
      norm({ axis: [] }),
      "ValueError: BatchNorm: axis must be a whole number other than 0 (the rows), or a list of at least one, got [].",
    ],
    [
      norm({ renormMomentum: 0.5 }),
      "ValueError: BatchNorm: renormMomentum takes effect only with renorm, got renorm=false and renormMomentum=0.5. " +
        "Pass { renorm: true }, or leave it out.",
    ],
    [
      norm({ renormClipping: { rmax: 2 } }),
      "ValueError: BatchNorm: renormClipping takes effect only with renorm, got renorm=false and renormClipping={ ... }. " +
        "Pass { renorm: true }, or leave it out.",
    ],
    [
      norm({ renorm: true, renormMomentum: 2 }),
      "ValueError: BatchNorm: renormMomentum must be a finite number from 0 to 1, got 2.",
    ],
    [norm({ renorm: 1 }), "ValueError: BatchNorm: renorm must be true or false, got 1."],
    [
      norm({ renorm: true, renormClipping: { rMax: 2 } }),
      'ValueError: BatchNorm: renormClipping: every option must be one that exists, got "rMax". The options are rmax, rmin, dmax.',
    ],
    [
      norm({ renorm: true, renormClipping: { rmax: 2, rmin: 3 } }),
      "ValueError: BatchNorm: renormClipping: rmin must be a number from 0 to rmax, got 3.",
    ],
    [
      norm({ renorm: true, renormClipping: { rmax: 0 } }),
      "ValueError: BatchNorm: renormClipping: rmax must be a number above 0, got 0.",
    ],
    [
      norm({ renorm: true, renormClipping: { dmax: Number.NaN } }),
      "ValueError: BatchNorm: renormClipping: dmax must be a number from 0, got NaN.",
    ],
    [
      norm({ virtualBatchSize: 2.5 }),
      "ValueError: BatchNorm: virtualBatchSize must be a whole number from 1, got 2.5.",
    ],
    [
      norm({ virtualBatchSize: 2, adjustment: () => [1, 0] }),
      "ValueError: BatchNorm: virtualBatchSize and adjustment exclude each other (as in TensorFlow), got virtualBatchSize=2 " +
        "and adjustment=a function. Leave one out.",
    ],
    [
      norm({ adjustment: 2 }),
      "ValueError: BatchNorm: adjustment must be a function (shape, random) => [scale, bias], got 2.",
    ],
    [
      norm({ gammaRegularizer: "l2" }),
      'ValueError: BatchNorm: gammaRegularizer must be a function (weights) => tensor, got "l2".',
    ],
    [
      () => new BatchNorm({ axis: [1, -1] }).call(ones([2, 3])),
      "ShapeError: batch_norm: each axis may be named once, got axis=[1, -1] for shape [1, 3].",
    ],
    [
      () => new BatchNorm({ axis: [1, -2] }).call(ones([2, 3])),
      "ShapeError: batch_norm: the axis of the features must not be that of the rows, got axis=[1, -2] for an input of rank 2. " +
        "Reshape the input to [rows, features].",
    ],
    [
      () => {
        const layer = new BatchNorm({ axis: [1, 2] });
        layer.call(ones([2, 3, 4]));
        layer.call(ones([2, 3, 5]));
      },
      "ShapeError: batch_norm: axis 2 of the input must have the length 4 for which the layer was built, got shape [2, 3, 5] " +
        "where [*, *, 4] is expected. Reshape the input, or make another layer for it.",
    ],
    [
      () => new BatchNorm({ virtualBatchSize: 4 }).call(ones([6, 3]), { training: true }),
      "ShapeError: batch_norm: a batch must be a multiple of virtualBatchSize, got 6 rows (shape [6, 3]) and virtualBatchSize=4. " +
        'Choose sizes that divide; fit takes { remainder: "drop" } for the last batch.',
    ],
    [
      () => new BatchNorm({ virtualBatchSize: 1, variant: "pytorch" }).call(ones([6, 3]), { training: true }),
      "ShapeError: batch_norm: training needs at least 2 values per feature (the unbiased variance divides by their number " +
        "minus one), got 1 in shape [6, 3]. Use larger batches, or call with { training: false }.",
    ],
    [
      () => new BatchNorm({ adjustment: () => [ones([5, 1, 1]), 0] }).call(ones([2, 3]), { training: true }),
      "ShapeError: batch_norm: the result of adjustment must broadcast over the input, got an output of shape [5, 2, 3] for an " +
        "input of shape [2, 3]. Return [scale, bias] of its last axes.",
    ],
    [
      () =>
        new BatchNorm({ adjustment: (() => 2) as unknown as () => [number, number] }).call(ones([2, 3]), {
          training: true,
        }),
      "ValueError: batch_norm: adjustment must return a scale and a bias, got 2. Return [scale, bias].",
    ],
    [
      () => {
        new BatchNorm().renormClipping = { rmax: 2 };
      },
      "ValueError: batch_norm: renormClipping takes effect only with renorm, got renorm=false. Pass { renorm: true }.",
    ],
  ])("options of BatchNorm throw the full text, case %#", (body, message) => {
    expect(errorOf(body)).toBe(message);
  });
});
