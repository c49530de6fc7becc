import {
  AveragePooling1D,
  AveragePooling2D,
  BatchNorm,
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  Dense,
  DepthwiseConv2D,
  Flatten,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  type Layer,
  l2,
  MaxPooling1D,
  MaxPooling2D,
  maxNorm,
  Reshape,
  relu,
  SeparableConv2D,
  Sequential,
  type Shape,
  ZeroPadding2D,
} from "gradus";

/** A model of a few layers, made anew at each call. */
const ofLayers = (inputShape: Shape, layers: () => readonly Layer[]) => (): Layer =>
  new Sequential({ name: "images", inputShape, seed: 6, layers: [...layers(), new Dense({ name: "top", units: 2 })] });

const margins = [
  [1, 0],
  [0, 1],
] as const;

/** Models that have every layer for images and sequences, with options that are not the default. */
export const imageLayers: Readonly<Record<string, () => Layer>> = {
  Conv2D: () =>
    new Sequential({
      name: "cnn",
      inputShape: [50],
      seed: 6,
      layers: [
        new Reshape({ shape: [5, -1, 2] }),
        new Conv2D({ name: "a", filters: 4, kernelSize: [2, 3], padding: "same", useBias: false }),
        new BatchNorm({ axis: -1, momentum: 0.9 }),
        relu,
        new MaxPooling2D({ poolSize: 2, strides: 1 }),
        new Conv2D({
          filters: 4,
          kernelSize: 2,
          groups: 2,
          dilationRate: [1, 2],
          activation: "tanh",
          kernelConstraint: maxNorm(1, { axis: [0, 1, 2] }),
          kernelRegularizer: l2(0.1),
        }),
        new Flatten(),
        new Dense({ units: 2 }),
      ],
    }),
  Conv1D: ofLayers([9, 2], () => [
    new Conv1D({ filters: 4, kernelSize: 3, padding: "causal", dilationRate: 2, groups: 2, activation: "elu" }),
    new Conv1D({ filters: 3, kernelSize: 2, strides: 2, variant: "pytorch", biasInitializer: "ones" }),
  ]),
  DepthwiseConv2D: ofLayers([3, 3, 2], () => [
    new DepthwiseConv2D({ kernelSize: 2, depthMultiplier: 2, depthwiseRegularizer: l2(0.1), padding: "same" }),
    new DepthwiseConv2D({ kernelSize: [1, 2], variant: "pytorch", useBias: false }),
  ]),
  SeparableConv2D: ofLayers([3, 3, 2], () => [
    new SeparableConv2D({ filters: 3, kernelSize: 2, pointwiseInitializer: "heNormal", padding: margins }),
  ]),
  Conv2DTranspose: ofLayers([2, 3, 2], () => [
    new Conv2DTranspose({ filters: 2, kernelSize: 2, strides: 2, outputPadding: [1, 0], activation: "tanh" }),
    new Conv2DTranspose({ filters: 2, kernelSize: 3, padding: "same", groups: 2 }),
  ]),
  Flatten: ofLayers([2, 2, 2], () => [new Flatten(), new Dense({ units: 2 })]),
  Reshape: ofLayers([2, 4], () => [new Reshape({ shape: [8] }), new Reshape({ name: "last", shape: [-1, 2, 1] })]),
  ZeroPadding2D: ofLayers([2, 2, 1], () => [
    new ZeroPadding2D({ padding: margins }),
    new ZeroPadding2D({ padding: [0, 1] }),
    new ZeroPadding2D(),
  ]),
  MaxPooling1D: ofLayers([5, 2], () => [new MaxPooling1D({ poolSize: 3, strides: 1, padding: [1, 0] })]),
  MaxPooling2D: ofLayers([5, 4, 2], () => [
    new MaxPooling2D({ poolSize: [2, 1], padding: "same" }),
    new MaxPooling2D({ strides: [1, 2], padding: margins }),
  ]),
  AveragePooling1D: ofLayers([5, 2], () => [
    new AveragePooling1D({ poolSize: 3, padding: [1, 1], countPadding: true }),
    new AveragePooling1D(),
  ]),
  AveragePooling2D: ofLayers([5, 4, 2], () => [
    new AveragePooling2D({ poolSize: [2, 3], strides: 1, padding: "same", countPadding: true }),
    new AveragePooling2D({ strides: [1, 2], padding: margins }),
  ]),
  GlobalAveragePooling1D: ofLayers([3, 2], () => [new GlobalAveragePooling1D({ keepDims: true })]),
  GlobalAveragePooling2D: ofLayers([3, 2, 2], () => [new GlobalAveragePooling2D()]),
  GlobalMaxPooling1D: ofLayers([3, 2], () => [new GlobalMaxPooling1D()]),
  GlobalMaxPooling2D: ofLayers([3, 2, 2], () => [new GlobalMaxPooling2D({ keepDims: true })]),
};
