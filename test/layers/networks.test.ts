import { describe, expect, it } from "vitest";
import { grad } from "../../src/autograd/grad.ts";
import type { Variable } from "../../src/autograd/variable.ts";
import { Dense } from "../../src/layers/dense.ts";
import { BatchNorm } from "../../src/layers/normalization/batchNorm.ts";
import { Sequential } from "../../src/layers/sequential.ts";
import { elu } from "../../src/ops/elementwise/rectifier.ts";
import { softmaxCrossEntropy } from "../../src/ops/network/losses.ts";
import { SGD } from "../../src/optim/sgd.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { expectClose, layerReferences, onEachBackend, type Packed, unpack } from "./helpers.ts";

type Named = Readonly<Record<string, Packed>>;

const { networks } = layerReferences<{
  readonly networks: {
    readonly x: Packed;
    readonly labels: readonly number[];
    readonly relu: { readonly start: Named; readonly logits: Packed; readonly loss: number; readonly gradients: Named };
    readonly batchNorm: {
      readonly learningRate: number;
      readonly momentum: number;
      readonly epsilon: number;
      readonly start: Named;
      readonly losses: readonly number[];
      readonly gradients: Named;
      readonly final: Named;
      readonly inference: Packed;
    };
  };
}>();

const x = unpack(networks.x);
const labels = tensor(Int32Array.from(networks.labels));

const start = (model: Sequential, values: Named): void => {
  model.assign(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, unpack(value)])), {
    rename: (name) => `net/${name}`,
    strict: false,
  });
};

/** The gradients of the loss of a training call, by the variables' names in the reference. */
const gradientsOf = (model: Sequential): Map<string, Tensor> => {
  const variables = model.trainableVariables;
  const before = variables.map((variable) => variable.read());
  const f = (...values: Tensor[]): Tensor => {
    variables.forEach((variable, index) => {
      variable.override(values[index]);
    });
    return softmaxCrossEntropy(model.call(x, { training: true }), labels);
  };
  const gradients = grad(f)(...before) as unknown as Tensor[];
  variables.forEach((variable, index) => {
    variable.override(before[index]);
  });
  return new Map(variables.map(({ name }: Variable, index) => [name.replace("net/", ""), gradients[index]]));
};

const expectGradients = (got: ReadonlyMap<string, Tensor>, expected: Named): void => {
  expect([...got.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [name, gradient] of got) expectClose(gradient, expected[name], 2e-6);
};

const sizes = { hidden1: 5, hidden2: 4, outputs: 3 };

onEachBackend(() => {
  describe("whole networks against PyTorch", () => {
    const reluNetwork = (): Sequential => {
      const model = new Sequential({
        name: "net",
        inputShape: [6],
        layers: Object.entries(sizes).map(
          ([name, units]) => new Dense({ name, units, activation: name === "outputs" ? undefined : "relu" }),
        ),
      });
      start(model, networks.relu.start);
      return model;
    };

    it("a network of dense and relu agrees with PyTorch: logits, loss, gradients", () => {
      const model = reluNetwork();
      expectClose(model.call(x), networks.relu.logits, 2e-6);
      expectClose(model.predict(x, { batchSize: 3 }), networks.relu.logits, 2e-6);
      expect(softmaxCrossEntropy(model.call(x), labels).item()).toBeCloseTo(networks.relu.loss, 5);
      expectGradients(gradientsOf(model), networks.relu.gradients);
    });

    const { learningRate, momentum, epsilon, ...reference } = networks.batchNorm;

    const normNetwork = (): Sequential => {
      const model = new Sequential({
        name: "net",
        inputShape: [6],
        layers: Object.entries(sizes).flatMap(([name, units], index) => [
          new Dense({ name, units }),
          new BatchNorm({ name: `bn${index + 1}`, momentum, epsilon }),
          ...(name === "outputs" ? [] : [elu]),
        ]),
      });
      start(model, reference.start);
      return model;
    };

    it("a network of dense, batch norm and elu agrees with PyTorch: gradients", () => {
      expectGradients(gradientsOf(normNetwork()), reference.gradients);
    });

    it("a network of dense, batch norm and elu agrees with PyTorch: five steps of gradient descent, moving statistics, inference", () => {
      const model = normNetwork();
      const optimizer = new SGD({ learningRate });
      for (const expected of reference.losses) {
        const loss = optimizer.minimize(
          () => softmaxCrossEntropy(model.call(x, { training: true }), labels),
          model.trainableVariables,
        );
        expect(loss.item()).toBeCloseTo(expected, 5);
      }
      expect(model.variables).toHaveLength(Object.keys(reference.final).length);
      for (const [name, value] of Object.entries(reference.final))
        expectClose(model.variable(name).read(), value, 5e-6);
      expectClose(model.predict(x), reference.inference, 2e-5);
    });
  });
});
