import * as gradus from "gradus";
import { expect, test } from "vitest";

const x = gradus.tensor([[1, 2]]);
const images = gradus.ones([1, 4, 4, 1]);
const series = gradus.ones([1, 4, 1]);

/** The compiler checks that each class takes options, though most have no use for them. */
const calls: Readonly<Record<string, (options: gradus.CallOptions) => gradus.Tensor>> = {
  Dense: (options) => new gradus.Dense({ units: 1 }).call(x, options),
  Activation: (options) => new gradus.Activation("relu").call(x, options),
  BatchNorm: (options) => new gradus.BatchNorm().call(gradus.concat([x, x]), options),
  Dropout: (options) => new gradus.Dropout({ rate: 0.5 }).call(x, options),
  Embedding: (options) => new gradus.Embedding({ inputDim: 3, outputDim: 2 }).call(gradus.range(0, 3), options),
  LayerNorm: (options) => new gradus.LayerNorm().call(x, options),
  OneHot: (options) => new gradus.OneHot({ depth: 3 }).call(x, options),
  PReLU: (options) => new gradus.PReLU().call(x, options),
  RReLU: (options) => new gradus.RReLU().call(x, options),
  Reshape: (options) => new gradus.Reshape({ shape: [2, 1] }).call(x, options),
  Flatten: (options) => new gradus.Flatten().call(images, options),
  RandomFlip: (options) => new gradus.RandomFlip().call(images, options),
  RandomRotation: (options) => new gradus.RandomRotation({ factor: 0.1 }).call(images, options),
  RandomShift: (options) => new gradus.RandomShift({ heightFactor: 0.1, widthFactor: 0.1 }).call(images, options),
  RandomZoom: (options) => new gradus.RandomZoom({ heightFactor: 0.1 }).call(images, options),
  ZeroPadding2D: (options) => new gradus.ZeroPadding2D({ padding: 1 }).call(images, options),
  Conv1D: (options) => new gradus.Conv1D({ filters: 1, kernelSize: 2 }).call(series, options),
  Conv2D: (options) => new gradus.Conv2D({ filters: 1, kernelSize: 2 }).call(images, options),
  Conv2DTranspose: (options) => new gradus.Conv2DTranspose({ filters: 1, kernelSize: 2 }).call(images, options),
  DepthwiseConv2D: (options) => new gradus.DepthwiseConv2D({ kernelSize: 2 }).call(images, options),
  SeparableConv2D: (options) => new gradus.SeparableConv2D({ filters: 1, kernelSize: 2 }).call(images, options),
  MaxPooling1D: (options) => new gradus.MaxPooling1D().call(series, options),
  MaxPooling2D: (options) => new gradus.MaxPooling2D().call(images, options),
  AveragePooling1D: (options) => new gradus.AveragePooling1D().call(series, options),
  AveragePooling2D: (options) => new gradus.AveragePooling2D().call(images, options),
  GlobalMaxPooling1D: (options) => new gradus.GlobalMaxPooling1D().call(series, options),
  GlobalMaxPooling2D: (options) => new gradus.GlobalMaxPooling2D().call(images, options),
  GlobalAveragePooling1D: (options) => new gradus.GlobalAveragePooling1D().call(series, options),
  GlobalAveragePooling2D: (options) => new gradus.GlobalAveragePooling2D().call(images, options),
  Add: (options) => new gradus.Add().call([x, x], options),
  Average: (options) => new gradus.Average().call([x, x], options),
  Concatenate: (options) => new gradus.Concatenate().call([x, x], options),
  Maximum: (options) => new gradus.Maximum().call([x, x], options),
  Minimum: (options) => new gradus.Minimum().call([x, x], options),
  Multiply: (options) => new gradus.Multiply().call([x, x], options),
  Subtract: (options) => new gradus.Subtract().call([x, x], options),
  Sequential: (options) => new gradus.Sequential({ layers: [new gradus.Dense({ units: 1 })] }).call(x, options),
  Model: (options) => {
    const inputs = gradus.input({ shape: [2] });
    return new gradus.Model({ inputs, outputs: new gradus.Dense({ units: 1 }).call(inputs, options) }).call(x, options);
  },
  Standardize: (options) => {
    const layer = new gradus.Standardize();
    layer.adapt(x);
    return layer.call(x, options);
  },
};

test.each(Object.entries(calls))("%s takes the options of a call, as its types say", (_, run) => {
  for (const training of [true, false]) expect(run({ training })).toBeInstanceOf(gradus.Tensor);
});

test("every layer class is called here, but the one that a table makes", () => {
  const classes = Object.entries(gradus)
    .filter(([, value]) => (value as { prototype?: unknown }).prototype instanceof gradus.Layer)
    .map(([name]) => name);
  expect(classes.filter((name) => !(name in calls))).toEqual(["TableEncoder"]);
});
