import {
  Activation,
  Adam,
  Add,
  Conv2D,
  Dense,
  evaluate,
  fit,
  GlobalAveragePooling2D,
  input,
  loadDigits,
  Model,
  progressBar,
  Reshape,
} from "gradus";

const { train, validation, test } = await loadDigits();

/** x + f(x): a residual block of two convolutions (He et al., "Deep residual learning for image recognition", 2016). */
const block = (x: ReturnType<typeof input>, number: number, filters: number) => {
  const convolution = (part: string) =>
    new Conv2D({
      name: `block${number}_${part}`,
      filters,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: "heNormal",
    });
  const first = new Activation("relu").call(convolution("a").call(x));
  return new Activation("relu").call(new Add().call([x, convolution("b").call(first)]));
};

const pixels = input({ shape: [64] });
const images = new Reshape({ shape: [8, 8, 1] }).call(pixels);
let features = new Conv2D({ name: "stem", filters: 16, kernelSize: 3, padding: "same", activation: "relu" }).call(
  images,
);
for (const number of [1, 2]) features = block(features, number, 16);
const scores = new Dense({ name: "outputs", units: 10 }).call(new GlobalAveragePooling2D().call(features));
const model = new Model({ name: "residual", inputs: pixels, outputs: scores, seed: 1 });
console.log(model.summary());

await fit(model, train, {
  optimizer: new Adam({ learningRate: 0.005 }),
  epochs: 15,
  batchSize: 32,
  validation,
  callbacks: [progressBar()],
});
console.log(`test accuracy: ${evaluate(model, test).accuracy?.toFixed(3)}`);
