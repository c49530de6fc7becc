// TensorFlow.js: node tfjs.mjs cpu|wasm DIRECTORY-OF-WASM-FILES. It is bundled first, because Node cannot load the published
// file that registers the gradients.
import { sep } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { batchesOf, convolutionsOf, inTurns, layersOf, serve } from "./worker.mjs";

const backend = process.argv[2];
setWasmPaths(process.argv[3] + sep);

const activations = { relu: tf.relu, elu: tf.elu, tanh: tf.tanh };

/** Normalizes with the statistics of the batch, and updates the moving statistics. */
const normalize = (x, { gamma, beta, movingMean, movingVariance }) => {
  const { mean, variance } = tf.moments(x, 0);
  movingMean.assign(tf.add(tf.mul(movingMean, 0.9), tf.mul(mean, 0.1)));
  movingVariance.assign(tf.add(tf.mul(movingVariance, 0.9), tf.mul(variance, 0.1)));
  return tf.batchNorm(x, mean, variance, beta, gamma, 1e-3);
};

const makeLayer = (spec, tensors, name) => {
  const variable = ({ shape, data }) => tf.variable(tf.tensor(data, shape));
  const layer = { kernel: variable(tensors[`${name}/kernel`]), bias: variable(tensors[`${name}/bias`]) };
  if (!spec.batchNorm) return layer;
  const { shape } = layer.bias;
  return {
    ...layer,
    gamma: tf.variable(tf.ones(shape)),
    beta: tf.variable(tf.zeros(shape)),
    movingMean: tf.variable(tf.zeros(shape), false),
    movingVariance: tf.variable(tf.ones(shape), false),
  };
};

/** Convolutions with their maxima, and what they give as rows; data without convolutions as it is. */
const features = (x, convolutions, convolve) => {
  if (convolutions.length === 0) return x;
  const y = convolutions.reduce((a, layer) => tf.maxPool(convolve(a, layer), 2, 2, "valid"), x);
  return tf.reshape(y, [x.shape[0], -1]);
};

const predictor = (spec, layers, convolutions) => (x) => {
  const { activation } = spec;
  const convolve = (a, { kernel, bias }) =>
    tf.fused.conv2d({ x: a, filter: kernel, strides: 1, pad: "valid", bias, activation });
  return layers.reduce(
    (a, { kernel, bias }, index) => {
      const last = index < layers.length - 1 ? activation : "linear";
      return tf.fused.matMul({ a, b: kernel, bias, activation: last });
    },
    features(x, convolutions, convolve),
  );
};

const trainer = (spec, layers, convolutions) => {
  const convolve = (a, { kernel, bias }) =>
    activations[spec.activation](tf.add(tf.conv2d(a, kernel, 1, "valid"), bias));
  const call = (x) =>
    layers.reduce(
      (a, layer, index) => {
        const product = tf.add(tf.matMul(a, layer.kernel), layer.bias);
        const y = spec.batchNorm ? normalize(product, layer) : product;
        return index < layers.length - 1 ? activations[spec.activation](y) : y;
      },
      features(x, convolutions, convolve),
    );
  const loss = spec.loss === "softmax" ? tf.losses.softmaxCrossEntropy : tf.losses.meanSquaredError;
  const { learningRate } = spec;
  const optimizer =
    spec.optimizer === "adam" ? tf.train.adam(learningRate, 0.9, 0.999, 1e-7) : tf.train.sgd(learningRate);
  const variables = [...convolutions, ...layers].flatMap(({ kernel, bias, gamma, beta }) =>
    gamma ? [kernel, bias, gamma, beta] : [kernel, bias],
  );
  return ({ x, y }) => {
    const value = tf.tidy(() => optimizer.minimize(() => loss(y, call(x)), true, variables));
    const [number] = value.dataSync();
    value.dispose();
    return number;
  };
};

const targetsOf = ({ loss, sizes }, { data, shape }) =>
  loss === "softmax" ? tf.cast(tf.oneHot(tf.tensor1d(data, "int32"), sizes.at(-1)), "float32") : tf.tensor(data, shape);

await serve(async (spec, tensors) => {
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} did not start`);
  await tf.ready();
  const info = { library: `TensorFlow.js ${tf.version_core}`, backend: tf.getBackend(), threads: "1 thread" };
  const layers = layersOf(spec).map((name) => makeLayer(spec, tensors, name));
  const convolutions = convolutionsOf(spec).map((name) => makeLayer(spec, tensors, name));
  const batches = batchesOf(spec, tensors, (x, y) => ({
    x: tf.tensor(x.data, x.shape),
    y: y && targetsOf(spec, y),
  }));
  if (spec.task === "train") return { info, step: inTurns(batches, trainer(spec, layers, convolutions)) };
  const call = predictor(spec, layers, convolutions);
  const step = inTurns(batches, ({ x }) => {
    const y = tf.tidy(() => call(x));
    const data = y.dataSync();
    y.dispose();
    return data;
  });
  return { info, step };
});
