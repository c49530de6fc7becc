import { describe, expect, it } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import type { Variable } from "../../../src/autograd/variable.ts";
import { constant } from "../../../src/layers/base/initializers.ts";
import { BatchNorm } from "../../../src/layers/normalization/batchNorm.ts";
import type { BatchNormOptions } from "../../../src/layers/normalization/batchNormOptions.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { runStep } from "../../../src/tensor/memory/step.ts";
import { ones, sameBits, type Tensor, tensor, zeros } from "../../../src/tensor/tensor.ts";
import { errorOf, expectClose, layerReferences, onEachBackend, type Packed, pattern, unpack } from "../helpers.ts";

interface Case {
  readonly name?: string;
  readonly axis: number;
  readonly epsilon: number;
  readonly x: Packed;
  readonly gamma: Packed;
  readonly beta: Packed;
  readonly cotangent: Packed;
  readonly y: Packed;
  readonly dx: Packed;
  readonly dgamma: Packed;
  readonly dbeta: Packed;
}

interface Moving {
  readonly batches: readonly Packed[];
  readonly probe: Packed;
  readonly traces: readonly {
    readonly variant: "tensorflow1" | "keras" | "pytorch";
    readonly means: readonly Packed[];
    readonly variances: readonly Packed[];
    readonly inference: Packed;
  }[];
}

const { batchNorm } = layerReferences<{
  readonly batchNorm: {
    readonly training: readonly (Case & { readonly mean: Packed; readonly variance: Packed })[];
    readonly inference: readonly (Case & { readonly movingMean: Packed; readonly movingVariance: Packed })[];
    readonly moving: Moving;
  };
}>();

const from =
  (packed: Packed): (() => Tensor) =>
  () =>
    unpack(packed);

const gradientsOf = (layer: BatchNorm, reference: Case, training: boolean): Tensor[] =>
  grad((x: Tensor, gamma: Tensor, beta: Tensor) => {
    layer.gamma.override(gamma);
    layer.beta.override(beta);
    return sum(mul(layer.call(x, { training }), unpack(reference.cotangent)));
  })(unpack(reference.x), unpack(reference.gamma), unpack(reference.beta));

const expectGradients = (gradients: readonly Tensor[], reference: Case): void => {
  expectClose(gradients[0], reference.dx, 2e-5);
  expectClose(gradients[1], reference.dgamma, 2e-5);
  expectClose(gradients[2], reference.dbeta, 2e-5);
};

onEachBackend(() => {
  describe("BatchNorm", () => {
    it.each(batchNorm.training.map((reference) => [reference.name, reference] as const))(
      "BatchNorm trains as PyTorch does: %s",
      (_name, reference) => {
        const layer = new BatchNorm({
          axis: reference.axis,
          epsilon: reference.epsilon,
          momentum: 0,
          gammaInitializer: from(reference.gamma),
          betaInitializer: from(reference.beta),
        });
        expectClose(layer.call(unpack(reference.x), { training: true }), reference.y);
        expectClose(layer.movingMean.read(), reference.mean);
        expectClose(layer.movingVariance.read(), reference.variance);
        expectGradients(gradientsOf(layer, reference, true), reference);
      },
    );

    it.each(batchNorm.inference.map((reference) => [reference.x.shape.length, reference] as const))(
      "BatchNorm infers at rank %d",
      (_rank, reference) => {
        const layer = new BatchNorm({
          axis: reference.axis,
          epsilon: reference.epsilon,
          gammaInitializer: from(reference.gamma),
          betaInitializer: from(reference.beta),
          movingMeanInitializer: from(reference.movingMean),
          movingVarianceInitializer: from(reference.movingVariance),
        });
        expectClose(layer.call(unpack(reference.x)), reference.y);
        expectGradients(gradientsOf(layer, reference, false), reference);
        expectClose(layer.movingMean.read(), reference.movingMean, 0);
      },
    );

    it.each(batchNorm.moving.traces.map((reference) => [reference.variant, reference] as const))(
      "BatchNorm moves its statistics as %s does",
      (variant, trace) => {
        const layer = new BatchNorm({ variant });
        batchNorm.moving.batches.forEach((batch, index) => {
          layer.call(unpack(batch), { training: true });
          expectClose(layer.movingMean.read(), trace.means[index], 1e-6);
          expectClose(layer.movingVariance.read(), trace.variances[index], 1e-6);
        });
        expectClose(layer.call(unpack(batchNorm.moving.probe)), trace.inference);
      },
    );

    it.each([
      [{ scale: false }, ["beta"]],
      [{ center: false }, ["gamma"]],
      [{ scale: false, center: false }, []],
    ] as const)("BatchNorm works with %o, in training and out of it", (options, names) => {
      const layer = new BatchNorm({ ...options, momentum: 0, epsilon: 1e-3 });
      const whole = new BatchNorm({ momentum: 0, epsilon: 1e-3 });
      const x = pattern([5, 3]);
      for (const training of [true, false]) {
        const y = layer.call(x, { training });
        expect([...y.data]).toEqual([...whole.call(x, { training }).data]);
        const dx = grad((a: Tensor) => sum(mul(layer.call(a, { training }), pattern([5, 3]))))(x);
        const expected = grad((a: Tensor) => sum(mul(whole.call(a, { training }), pattern([5, 3]))))(x);
        expect([...dx.data]).toEqual([...expected.data]);
      }
      expect(layer.trainableVariables.map(({ name }) => name.split("/")[1])).toEqual(names);
    });

    it("BatchNorm moves its statistics at the end of the step, once for each call", () => {
      const layer = new BatchNorm({ momentum: 0.5 });
      const x = tensor([[1], [3]]);
      layer.call(x);
      const seen: number[] = [];
      runStep(
        () => {
          layer.call(x, { training: true });
          seen.push(layer.movingMean.read().item());
          layer.call(x, { training: true });
          seen.push(layer.movingMean.read().item());
        },
        () => {},
      );
      seen.push(layer.movingMean.read().item());
      expect(seen).toEqual([0, 0, 1.5]);
    });

    it("BatchNorm does not move its statistics when the step fails, or outside of training, or when it is frozen", () => {
      const layer = new BatchNorm({ momentum: 0.5 });
      const x = tensor([[1], [3]]);
      expect(() =>
        runStep(
          () => {
            layer.call(x, { training: true });
            throw new Error("no");
          },
          () => {},
        ),
      ).toThrow("no");
      layer.call(x);
      layer.trainable = false;
      const frozen = layer.call(x, { training: true });
      expect(layer.movingMean.read().item()).toBe(0);
      expect(layer.movingVariance.read().item()).toBe(1);
      expect(sameBits(frozen, layer.call(x))).toBe(true);
      expect(layer.trainableVariables).toEqual([]);
    });

    it("BatchNorm moves its statistics without a gradient", () => {
      const layer = new BatchNorm({ momentum: 0.5 });
      const x = tensor([[1], [3]]);
      const dx = grad((a: Tensor) => sum(mul(layer.call(a, { training: true }), tensor([[1], [2]]))))(x);
      expect(dx.data.every(Number.isFinite)).toBe(true);
      expect(layer.movingMean.read().item()).toBe(1);
    });

    it("BatchNorm returns beta for a batch of one row, and moves its statistics", () => {
      const layer = new BatchNorm({ betaInitializer: constant(7), momentum: 0.5 });
      expect(layer.call(tensor([[3, 4]]), { training: true }).toArray()).toEqual([[7, 7]]);
      expect(layer.movingMean.read().toArray()).toEqual([1.5, 2]);
      expect(layer.movingVariance.read().toArray()).toEqual([0.5, 0.5]);
    });
  });
});

describe("names", () => {
  it("BatchNorm has TensorFlow's names", () => {
    const model = new Sequential({
      name: "dnn",
      inputShape: [4],
      layers: [new BatchNorm(), new BatchNorm({ name: "bn2" })],
    });
    const names = (variables: readonly Variable[]): string[] => variables.map(({ name }) => name);
    expect(names(model.variables)).toEqual([
      "dnn/batch_norm/gamma",
      "dnn/batch_norm/beta",
      "dnn/batch_norm/moving_mean",
      "dnn/batch_norm/moving_variance",
      "dnn/bn2/gamma",
      "dnn/bn2/beta",
      "dnn/bn2/moving_mean",
      "dnn/bn2/moving_variance",
    ]);
    expect(names(model.trainableVariables)).toEqual([
      "dnn/batch_norm/gamma",
      "dnn/batch_norm/beta",
      "dnn/bn2/gamma",
      "dnn/bn2/beta",
    ]);
  });
});

describe("errors of BatchNorm", () => {
  const norm =
    (options: object): (() => unknown) =>
    () =>
      new BatchNorm(options as BatchNormOptions);
  it.each([
    [norm({ momentum: 1.5 }), "ValueError: BatchNorm: momentum must be a finite number from 0 to 1, got 1.5."],
    [norm({ epsilon: 0 }), "ValueError: BatchNorm: epsilon must be a finite number above 0, got 0."],
    [
      norm({ axis: 0 }),
      "ValueError: BatchNorm: axis must be a whole number other than 0 (the rows), or a list of at least one, got 0.",
    ],
    [norm({ scale: 1 }), "ValueError: BatchNorm: scale must be true or false, got 1."],
    [
      norm({ eps: 1e-3 }),
      'ValueError: BatchNorm: every option must be one that exists, got "eps". The options are axis, momentum, epsilon, ' +
        "center, scale, betaInitializer, betaRegularizer, betaConstraint, gammaInitializer, gammaRegularizer, gammaConstraint, " +
        "name, trainable, seed, activityRegularizer, movingMeanInitializer, movingVarianceInitializer, renorm, " +
        "renormClipping, renormMomentum, virtualBatchSize, adjustment, variant. Write epsilon.",
    ],
    [
      () => new BatchNorm({ axis: 3 }).call(ones([2, 3])),
      "ShapeError: batch_norm: axis must be one of 2 axes, 0 the first and -1 the last, got axis=3 for shape [1, 3].",
    ],
    [
      () => new BatchNorm().call(ones([3])),
      "ShapeError: batch_norm: the axis of the features must not be that of the rows, got axis=-1 for an input of rank 1. " +
        "Reshape the input to [rows, features].",
    ],
    [
      () => {
        const layer = new BatchNorm({ name: "bn" });
        layer.call(ones([2, 3]));
        layer.call(ones([2, 4]));
      },
      "ShapeError: bn: axis 1 of the input must have the length 3 for which the layer was built, got shape [2, 4] where " +
        "[*, 3] is expected. Reshape the input, or make another layer for it.",
    ],
    [
      () => {
        const layer = new BatchNorm({ name: "bn" });
        layer.call(ones([2, 3]));
        layer.call(ones([2, 3, 3]));
      },
      "ShapeError: bn: the input must have the rank 2 for which the layer was built, got shape [2, 3, 3]. Reshape it.",
    ],
    [
      () => new BatchNorm({ variant: "pytorch" }).call(ones([1, 3]), { training: true }),
      "ShapeError: batch_norm: training needs at least 2 values per feature (the unbiased variance divides by their number " +
        "minus one), got 1 in shape [1, 3]. Use larger batches, or call with { training: false }.",
    ],
    [
      () => new BatchNorm().call(zeros([0, 3]), { training: true }),
      "ShapeError: batch_norm: training needs at least 1 value per feature, got 0 in shape [0, 3]. Use larger batches, or " +
        "call with { training: false }.",
    ],
  ])("BatchNorm throws the full text, case %#", (body, message) => {
    expect(errorOf(body)).toBe(message);
  });
});
