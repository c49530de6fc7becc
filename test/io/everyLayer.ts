import {
  Activation,
  Add,
  Average,
  BatchNorm,
  Concatenate,
  constant,
  Dense,
  Dropout,
  Embedding,
  elu,
  input,
  type Layer,
  LayerNorm,
  l1,
  l1l2,
  l2,
  leakyRelu,
  Maximum,
  Minimum,
  Model,
  Multiply,
  maxNorm,
  nonNegative,
  normal,
  OneHot,
  PReLU,
  RandomFlip,
  RandomRotation,
  RandomShift,
  RandomZoom,
  RReLU,
  relu,
  Sequential,
  Standardize,
  Subtract,
  selu,
  softplus,
  TableEncoder,
  tensor,
  truncatedNormal,
  uniform,
  unitNorm,
  varianceScaling,
  zeros,
} from "gradus";
import { imageLayers } from "./imageLayers.ts";

/** A model whose last layer but one joins its input and a layer's output. */
const joining = (join: () => Pick<Add, "call">) => (): Model => {
  const x = input({ shape: [4] });
  const hidden = new Dense({ name: "hidden", units: 4, activation: "tanh" }).call(x);
  return new Model({ inputs: x, outputs: new Dense({ units: 2 }).call(join().call([x, hidden])), seed: 4 });
};

/** Models that have every layer of the library, with options that are not the default. */
export const everyLayer: Readonly<Record<string, () => Layer>> = {
  Dense: () =>
    new Sequential({
      name: "dense",
      inputShape: [5],
      seed: 3,
      layers: [
        new Dense({ name: "a", units: 4, activation: "tanh", kernelInitializer: "heNormal", biasInitializer: "ones" }),
        new Dense({ units: 3, useBias: false, kernelInitializer: varianceScaling({ scale: 2, mode: "fanAverage" }) }),
        new Dense({ units: 3, activation: elu, kernelInitializer: uniform({ min: -1 }), biasInitializer: zeros }),
        new Dense({ units: 3, activation: leakyRelu, variant: "pytorch", activityRegularizer: l1(0.01) }),
        new Dense({
          units: 3,
          kernelRegularizer: l1l2({ l1: 0.1, l2: 0.2 }),
          biasRegularizer: l2(0.1, { variant: "pytorch" }),
          kernelConstraint: maxNorm(1, { axis: 1 }),
          biasConstraint: nonNegative(),
        }),
      ],
    }),
  BatchNorm: () =>
    new Sequential({
      name: "norm",
      inputShape: [3, 4],
      layers: [
        new BatchNorm({ axis: 1, momentum: 0.5, epsilon: 0.01, gammaInitializer: normal({ mean: 2 }), seed: 5 }),
        new BatchNorm({ variant: "pytorch", center: false, movingMeanInitializer: truncatedNormal({ deviation: 3 }) }),
        new BatchNorm({
          renorm: true,
          renormClipping: { rmax: 3 },
          gammaConstraint: unitNorm({ axis: 0 }),
          axis: [1, 2],
        }),
        new BatchNorm({ scale: false, trainable: false, movingVarianceInitializer: constant(4) }),
      ],
      seed: 2,
    }),
  LayerNorm: () =>
    new Sequential({
      inputShape: [3, 4],
      layers: [
        new LayerNorm({ axis: [1, 2], gammaInitializer: normal({ mean: 2 }), seed: 5 }),
        new LayerNorm({ variant: "pytorch", center: false, gammaConstraint: nonNegative() }),
        new LayerNorm({ epsilon: 0.01, scale: false, betaRegularizer: l2(0.1) }),
        new Dense({ units: 2, seed: 1 }),
      ],
    }),
  Embedding: () =>
    new Sequential({
      inputShape: [4],
      layers: [
        new Embedding({ inputDim: 5, outputDim: 3, embeddingsRegularizer: l2(0.01), seed: 3 }),
        new Dense({ units: 2, seed: 1 }),
      ],
    }),
  ...imageLayers,
  Add: joining(() => new Add()),
  Average: joining(() => new Average()),
  Concatenate: joining(() => new Concatenate({ axis: 1 })),
  Maximum: joining(() => new Maximum()),
  Minimum: joining(() => new Minimum()),
  Multiply: joining(() => new Multiply()),
  Subtract: joining(() => new Subtract()),
  Model: joining(() => new Add({ name: "residual" })),
  Dropout: () =>
    new Sequential({
      inputShape: [4],
      layers: [new Dropout({ rate: 0.25, seed: 4 }), new Dropout(), new Dense({ units: 2 })],
    }),
  Activation: () =>
    new Sequential({
      inputShape: [4],
      layers: [
        elu,
        new Activation("leakyRelu", { slope: 0.2 }),
        new Activation("elu", { alpha: 0.3, name: "soft" }),
        new Activation("gelu", { approximate: "tanh" }),
        new Activation(softplus),
        new Activation("softmax", { axis: -1 }),
        new Dense({ units: 2, seed: 1 }),
        selu,
      ],
    }),
  PReLU: () =>
    new Sequential({
      inputShape: [4],
      layers: [new PReLU({ alphaInitializer: constant(0.1) }), new PReLU({ variant: "pytorch" }), relu],
    }),
  RandomFlip: () =>
    new Sequential({
      inputShape: [3, 4, 2],
      layers: [new RandomFlip({ mode: "vertical", seed: 4 }), new RandomFlip(), new Dense({ units: 2 })],
    }),
  RandomRotation: () =>
    new Sequential({
      inputShape: [3, 4, 2],
      layers: [
        new RandomRotation({ factor: 0.1 }),
        new RandomRotation({ factor: [0, 0.2], fillMode: "constant", fillValue: 0.5, interpolation: "nearest" }),
        new Dense({ units: 2 }),
      ],
    }),
  RandomShift: () =>
    new Sequential({
      inputShape: [3, 4, 2],
      layers: [
        new RandomShift({ heightFactor: 0.1, widthFactor: [0, 0.2], fillMode: "nearest" }),
        new RandomShift({ heightFactor: 1, widthFactor: 2, unit: "pixel" }),
        new Dense({ units: 2 }),
      ],
    }),
  RandomZoom: () =>
    new Sequential({
      inputShape: [3, 4, 2],
      layers: [
        new RandomZoom({ heightFactor: 0.1 }),
        new RandomZoom({ heightFactor: [0, 0.2], widthFactor: 0.3 }),
        new Dense({ units: 2 }),
      ],
    }),
  RReLU: () =>
    new Sequential({ inputShape: [4], layers: [new RReLU({ min: 0.1, max: 0.2 }), new RReLU(), new PReLU()] }),
  OneHot: () =>
    new Sequential({
      inputShape: [4],
      layers: [
        new OneHot({ depth: [3, 2, 4, 1], unknown: "zeros" }),
        new Dense({ units: 3 }),
        new OneHot({ depth: 2, unknown: "slot", name: "again" }),
        new Dense({ units: 2 }),
      ],
    }),
  Standardize: () => {
    const standardize = new Standardize({ missing: "mean" });
    standardize.adapt(
      tensor([
        [1, 2, 3, 4],
        [2, 4, 8, 16],
        [0, 0, Number.NaN, 4],
      ]),
    );
    const all = new Standardize({ axis: [], name: "all" });
    all.adapt(tensor([[1, 2, 3, 5]]));
    return new Sequential({ inputShape: [4], layers: [standardize, all, new Dense({ units: 2 })] });
  },
  TableEncoder: () =>
    new Sequential({
      inputShape: [4],
      layers: [
        new TableEncoder({
          columns: [
            { name: "a", type: "number", mean: 0.1, deviation: 3, missing: 0.25 },
            {
              name: "b",
              type: "category",
              categories: ["__proto__", "€", "\n"],
              unknown: "slot",
              missing: "€",
              embed: 3,
            },
            { name: "c", type: "boolean", missing: true },
            { name: "d", type: "category", categories: ["only"], unknown: "zeros" },
          ],
          target: { name: "species", type: "category", classes: ["no", "yes"] },
          name: "encoder",
        }),
        new Dense({ units: 2 }),
      ],
    }),
  Sequential: () => {
    const inner = new Sequential({ name: "inner", layers: [new Dense({ units: 3 }), new Dropout()], seed: 9 });
    const built = new Sequential({ name: "features", inputShape: [4], layers: [new Dense({ units: 4 })], seed: 8 });
    return new Sequential({
      name: "outer",
      inputShape: [4],
      activityRegularizer: l2(0.1),
      layers: [built, inner, new Sequential({ layers: [new BatchNorm()] }), new Dense({ units: 2 })],
      seed: 7,
    });
  },
  alone: () => {
    const layer = new Dense({ name: "alone", units: 2, seed: 1 });
    layer.buildFor([4]);
    return layer;
  },
};
