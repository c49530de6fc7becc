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
import { activationNames, type HiddenActivation, type NetworkForm, type NetworkSettings } from "../network.ts";
import type { OptimizerName } from "../training.ts";

/** The network of these settings, for pictures of `side` x `side`. */
export const buildNetwork = (settings: NetworkSettings, side: number): Sequential => {
  const { hidden, activation, dropout, batchNorm, seed } = settings;
  const kernelInitializer = initializerFor(activation);
  const layers = hidden.flatMap((units, index): Layer[] => {
    const name = `hidden${index + 1}`;
    return [
      // With batch norm, its beta replaces the bias, and the activation comes after it.
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

/** The initializer whose variance keeps signals alive through layers with this activation. */
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

/** The settings of a network, which may be from a file. */
export const formOf = (model: Sequential, seed: number): NetworkForm => {
  const parts = partsOf(model.layers);
  const hidden = parts.slice(1, -1);
  // No setting puts layers before the first dense layer, so there must not be any.
  const common = <Value>(of: (part: readonly Layer[]) => Value, none: Value): Value | undefined => {
    const values = new Set(hidden.map(of));
    if (hidden.length === 0) values.add(none);
    return values.size === 1 && parts[0].length === 0 ? [...values][0] : undefined;
  };
  return {
    hidden: hidden.map(([dense]) => (dense as Dense).units),
    activation: common(activationOf, "linear"),
    dropout: common((part) => part.find((layer) => layer instanceof Dropout)?.rate ?? 0, 0),
    batchNorm: common((part) => part.some((layer) => layer instanceof BatchNorm), false),
    seed,
  };
};

/** The layers in parts: those before the first dense layer, and each dense layer with those that follow it. */
const partsOf = (layers: readonly Layer[]): readonly (readonly Layer[])[] => {
  const parts: Layer[][] = [[]];
  for (const layer of layers) {
    if (layer instanceof Dense) parts.push([layer]);
    else parts[parts.length - 1].push(layer);
  }
  return parts;
};

/** The activation of a part; undefined if the page does not offer it. */
const activationOf = (part: readonly Layer[]): HiddenActivation | undefined => {
  const named = part.flatMap((layer) => {
    if (layer instanceof Dense || layer instanceof Activation) return [layer.config().activation ?? "linear"];
    return layer instanceof BatchNorm || layer instanceof Dropout ? [] : [layer.name];
  });
  const bent = named.filter((name) => name !== "linear");
  if (bent.length > 1) return undefined;
  return activationNames.find((name) => name === (bent[0] ?? "linear"));
};
