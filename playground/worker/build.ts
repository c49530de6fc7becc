import {
  Activation,
  AdaGrad,
  Adam,
  AdamW,
  BatchNorm,
  Dense,
  Dropout,
  type InitializerName,
  type Layer,
  Momentum,
  Nesterov,
  type Optimizer,
  RMSProp,
  Sequential,
  SGD,
} from "gradus";
import { activationNames, type NetworkSettings } from "../network.ts";
import type { OptimizerName } from "../training.ts";

/** The network of these settings, for pictures of `side` x `side`. */
export const buildNetwork = (settings: NetworkSettings, side: number): Sequential => {
  const { hidden, activation, dropout, batchNorm, seed } = settings;
  const kernelInitializer = initializerFor(activation);
  const layers = hidden.flatMap((units, index): Layer[] => {
    const name = `hidden${index + 1}`;
    return [
      // With batch norm, whose beta takes the place of the bias, the activation comes after it.
      ...(batchNorm
        ? [
            new Dense({ name, units, useBias: false, kernelInitializer }),
            new BatchNorm({ name: `${name}_norm`, momentum: 0.9 }),
            new Activation(activation, { name: `${name}_${activation}` }),
          ]
        : [new Dense({ name, units, activation, kernelInitializer })]),
      ...(dropout > 0 ? [new Dropout({ name: `${name}_dropout`, rate: dropout })] : []),
    ];
  });
  return new Sequential({
    name: "digits",
    inputShape: [side * side],
    layers: [...layers, new Dense({ name: "outputs", units: 10 })],
    seed,
  });
};

/** The variance that keeps signals alive through layers of this activation: He's, LeCun's or Glorot's. */
const initializerFor = (activation: NetworkSettings["activation"]): InitializerName => {
  if (activation === "selu") return "lecunNormal";
  return ["relu", "leakyRelu", "elu", "gelu", "silu"].includes(activation) ? "heNormal" : "glorotUniform";
};

export const buildOptimizer = (name: OptimizerName, learningRate: number): Optimizer => {
  switch (name) {
    case "sgd":
      return new SGD({ learningRate });
    case "momentum":
      return new Momentum({ learningRate, momentum: 0.9 });
    case "nesterov":
      return new Nesterov({ learningRate, momentum: 0.9 });
    case "adaGrad":
      return new AdaGrad({ learningRate });
    case "rmsProp":
      return new RMSProp({ learningRate });
    case "adam":
      return new Adam({ learningRate });
    case "adamW":
      return new AdamW({ learningRate });
  }
};

/** The settings that come closest to a network, which may be from a file and have been made otherwise. */
export const settingsOf = (model: Sequential, seed: number): NetworkSettings => {
  const dense = model.layers.filter((layer) => layer instanceof Dense);
  const named = [...dense, ...model.layers.filter((layer) => layer instanceof Activation)].map(
    (layer) => layer.config().activation,
  );
  return {
    hidden: dense.slice(0, -1).map(({ units }) => units),
    activation: activationNames.find((name) => named.includes(name)) ?? "linear",
    dropout: model.layers.find((layer) => layer instanceof Dropout)?.rate ?? 0,
    batchNorm: model.layers.some((layer) => layer instanceof BatchNorm),
    seed,
  };
};
