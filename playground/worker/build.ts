import {
  Activation,
  AdaGrad,
  Adam,
  AdamW,
  BatchNorm,
  Conv2D,
  Dense,
  type DenseOptions,
  Dropout,
  Flatten,
  type InitializerName,
  type Layer,
  MaxPooling2D,
  Momentum,
  Nesterov,
  type Optimizer,
  Reshape,
  RMSProp,
  Sequential,
  SGD,
} from "gradus";
import { activationNames, type HiddenActivation, type NetworkForm, type NetworkSettings } from "../network.ts";
import type { OptimizerName } from "../training.ts";

/** The network of these settings, for pictures of `side` x `side`. */
export const buildNetwork = (settings: NetworkSettings, side: number): Sequential => {
  const { convolutions, hidden, dropout, seed } = settings;
  const blocks = convolutions.flatMap(({ filters, pooling }, index): Layer[] => [
    ...withActivation(settings, `conv${index + 1}`, (options) => {
      return new Conv2D({ ...options, filters, kernelSize: 3, padding: "same" });
    }),
    ...(pooling ? [new MaxPooling2D({ name: `pool${index + 1}`, poolSize: 2 })] : []),
  ]);
  const images = [new Reshape({ name: "image", shape: [side, side, 1] }), ...blocks, new Flatten({ name: "flatten" })];
  const dense = hidden.flatMap((units, index): Layer[] => {
    const name = `hidden${index + 1}`;
    return [
      ...withActivation(settings, name, (options) => new Dense({ ...options, units })),
      ...(dropout > 0 ? [new Dropout({ name: `${name}_dropout`, rate: dropout })] : []),
    ];
  });
  return new Sequential({
    name: "digits",
    inputShape: [side * side],
    layers: [...(blocks.length > 0 ? images : []), ...dense, new Dense({ name: "outputs", units: 10 })],
    seed,
  });
};

type Common = Pick<DenseOptions, "name" | "useBias" | "activation" | "kernelInitializer">;

/** A layer and its activation; with batch norm, whose beta replaces the bias, the activation comes after it. */
const withActivation = (
  { activation, batchNorm }: NetworkSettings,
  name: string,
  layer: (options: Common) => Layer,
): readonly Layer[] => {
  const kernelInitializer = initializerFor(activation);
  if (!batchNorm) return [layer({ name, activation, kernelInitializer })];
  return [
    layer({ name, useBias: false, kernelInitializer }),
    new BatchNorm({ name: `${name}_norm`, momentum: 0.9 }),
    new Activation(activation, { name: `${name}_${activation}` }),
  ];
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
  const [images, ...dense] = partsOf(model.layers, Dense);
  const hidden = dense.slice(0, -1);
  const convolutions = convolutionsOf(images);
  /** What all parts have in common. A file may have other layers than the page builds: then they have nothing in common. */
  const common = <Value>(
    parts: readonly (readonly Layer[])[],
    of: (part: readonly Layer[]) => Value,
    none: Value,
  ): Value | undefined => {
    const values = new Set(parts.map(of));
    if (parts.length === 0) values.add(none);
    return values.size === 1 && convolutions ? [...values][0] : undefined;
  };
  const all = [...(convolutions ?? []), ...hidden];
  return {
    convolutions: (convolutions ?? []).map(([conv, ...others]) => ({
      filters: Number(conv.config().filters),
      pooling: others.some((layer) => layer instanceof MaxPooling2D),
    })),
    hidden: hidden.map(([layer]) => (layer as Dense).units),
    activation: common(all, activationOf, "linear"),
    dropout: common(hidden, (part) => part.find((layer) => layer instanceof Dropout)?.rate ?? 0, 0),
    batchNorm: common(all, (part) => part.some((layer) => layer instanceof BatchNorm), false),
    seed,
  };
};

/** The layers in parts: those before the first layer of a class, and each layer of the class with those that follow it. */
const partsOf = (layers: readonly Layer[], begin: typeof Dense | typeof Conv2D): readonly (readonly Layer[])[] => {
  const parts: Layer[][] = [[]];
  for (const layer of layers) {
    if (layer instanceof begin) parts.push([layer]);
    else parts[parts.length - 1].push(layer);
  }
  return parts;
};

/** The layers before the first dense one, a part for each convolution; undefined if the page does not build such layers. */
const convolutionsOf = (layers: readonly Layer[]): readonly (readonly Layer[])[] | undefined => {
  if (layers.length === 0) return [];
  const [first, last] = [layers[0], layers[layers.length - 1]];
  const [before, ...blocks] = partsOf(layers.slice(1, -1), Conv2D);
  const isKnown = first instanceof Reshape && last instanceof Flatten && before.length === 0 && blocks.every(isBlock);
  return isKnown && blocks.length > 0 ? blocks : undefined;
};

/** Whether a convolution, with the layers that follow it, is one that the page builds. */
const isBlock = ([conv, ...others]: readonly Layer[]): boolean => {
  const last = others.at(-1);
  const pooling = last instanceof MaxPooling2D ? last.config() : {};
  const between = last instanceof MaxPooling2D ? others.slice(0, -1) : others;
  const { kernelSize, padding, ...options } = conv.config();
  const { poolSize = 2, ...poolingOptions } = pooling;
  return (
    isPair(kernelSize, 3) &&
    padding === "same" &&
    hasOnly(options, ["name", "trainable", "filters", "activation", "useBias", "kernelInitializer"]) &&
    isPair(poolSize, 2) &&
    hasOnly(poolingOptions, ["name", "trainable"]) &&
    between.every((layer) => layer instanceof BatchNorm || layer instanceof Activation)
  );
};

const hasOnly = (options: object, names: readonly string[]): boolean =>
  Object.entries(options).every(([name, value]) => value === undefined || names.includes(name));

const isPair = (value: unknown, length: number): boolean => [value].flat().every((entry) => entry === length);

/** The activation of a part; undefined if the page does not offer it. */
const activationOf = (part: readonly Layer[]): HiddenActivation | undefined => {
  const named = part.flatMap((layer) => {
    if (layer instanceof Dense || layer instanceof Conv2D || layer instanceof Activation) {
      return [layer.config().activation ?? "linear"];
    }
    return layer instanceof BatchNorm || layer instanceof Dropout || layer instanceof MaxPooling2D ? [] : [layer.name];
  });
  const bent = named.filter((name) => name !== "linear");
  if (bent.length > 1) return undefined;
  return activationNames.find((name) => name === (bent[0] ?? "linear"));
};
