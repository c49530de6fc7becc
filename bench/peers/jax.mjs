// jax-js: the whole step under jit.
import { createRequire } from "node:module";
import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { batchesOf, convolutionsOf, inTurns, layersOf, serve } from "./worker.mjs";

// A function uses up the arrays that it receives; `.ref` keeps an array.

const activations = { relu: nn.relu, elu: nn.elu, tanh: np.tanh };

/** Normalizes with the statistics of the batch, and returns them for the moving statistics. */
const normalize = (x, { gamma, beta }) => {
  const mean = np.mean(x.ref, 0);
  const centred = x.sub(mean.ref);
  const variance = np.mean(np.square(centred.ref), 0);
  const y = centred
    .div(np.sqrt(variance.ref.add(1e-3)))
    .mul(gamma)
    .add(beta);
  return [y, { mean, variance }];
};

/** A convolution, the activation and the maxima of 2 x 2; channels come first. */
const convolve = (spec, x, { kernel, bias }) => {
  const z = lax.conv(x, kernel, [1, 1], "VALID").add(bias.reshape([-1, 1, 1]));
  return lax.reduceWindow(activations[spec.activation](z), np.max, [2, 2], [2, 2]);
};

const call = (spec, all, inputs) => {
  const statistics = [];
  const count = spec.filters.length;
  const layers = all.slice(count);
  let x = inputs;
  for (const layer of all.slice(0, count)) x = convolve(spec, x, layer);
  if (count > 0) x = x.reshape([-1, spec.sizes[0]]);
  const y = layers.reduce((a, { kernel, bias, ...norm }, index) => {
    let z = np.matmul(a, kernel).add(bias);
    if (spec.batchNorm) {
      const [normalized, moments] = normalize(z, norm);
      z = normalized;
      statistics.push(moments);
    }
    return index < layers.length - 1 ? activations[spec.activation](z) : z;
  }, x);
  return [y, statistics];
};

const losses = {
  softmax: (y, targets) => np.sum(nn.logSoftmax(y).mul(targets.ref)).div(-targets.shape[0]),
  mse: (y, targets) => np.mean(np.square(y.sub(targets))),
};

const updates = {
  sgd: ({ learningRate }) => ({
    start: () => ({}),
    apply: (layers, gradients) => [tree.map((w, g) => w.sub(g.mul(learningRate)), layers, gradients), {}],
  }),
  adam: ({ learningRate }) => ({
    start: (layers) => {
      const zeros = () => tree.map((w) => np.zeros(w.shape), layers);
      return { m: zeros(), v: zeros(), powers: [np.array(1), np.array(1)] };
    },
    apply: (layers, gradients, { m, v, powers }) => {
      const [p1, p2] = [powers[0].mul(0.9), powers[1].mul(0.999)];
      const m1 = tree.map((mean, g) => mean.mul(0.9).add(g.ref.mul(0.1)), m, gradients);
      const v1 = tree.map((square, g) => square.mul(0.999).add(np.square(g).mul(0.001)), v, gradients);
      const [c1, c2] = [np.array(1).sub(p1.ref), np.array(1).sub(p2.ref)];
      const next = tree.map(
        (w, a, b) =>
          w.sub(
            a.ref
              .div(c1.ref)
              .mul(learningRate)
              .div(np.sqrt(b.ref.div(c2.ref)).add(1e-7)),
          ),
        layers,
        m1,
        v1,
      );
      c1.dispose();
      c2.dispose();
      return [next, { m: m1, v: v1, powers: [p1, p2] }];
    },
  }),
};

/** The kernel of a layer, for channels that come first. */
const kernelOf = (spec, { shape, data }, name) => {
  const kernel = np.array(data).reshape(shape);
  if (shape.length === 4) return np.transpose(kernel, [3, 2, 0, 1]);
  if (spec.filters.length === 0 || name !== "layer1") return kernel;
  return np.transpose(kernel.reshape([-1, spec.filters.at(-1), shape[1]]), [1, 0, 2]).reshape(shape);
};

const makeLayer = (spec, tensors, name) => {
  const array = ({ shape, data }) => np.array(data).reshape(shape);
  const layer = { kernel: kernelOf(spec, tensors[`${name}/kernel`], name), bias: array(tensors[`${name}/bias`]) };
  if (!spec.batchNorm) return layer;
  return { ...layer, gamma: np.ones(layer.bias.shape), beta: np.zeros(layer.bias.shape) };
};

const startMoving = (spec, layers) =>
  spec.batchNorm ? layers.map(({ bias }) => ({ mean: np.zeros(bias.shape), variance: np.ones(bias.shape) })) : [];

const trainer = (spec, initial) => {
  const update = updates[spec.optimizer](spec);
  const lossOf = (layers, x, y) => {
    const [output, statistics] = call(spec, layers, x);
    return [losses[spec.loss](output, y), statistics];
  };
  const differentiate = valueAndGrad(lossOf, { hasAux: true });
  const step = jit((layers, state, moving, x, y) => {
    const [[loss, statistics], gradients] = differentiate(tree.ref(layers), x, y);
    const [next, nextState] = update.apply(layers, gradients, state);
    const moved = tree.map((a, b) => a.mul(0.9).add(b.mul(0.1)), moving, statistics);
    return [next, nextState, moved, loss];
  });
  let [layers, state, moving] = [initial, update.start(tree.ref(initial)), startMoving(spec, initial)];
  return ({ x, y }) => {
    const [nextLayers, nextState, nextMoving, loss] = step(layers, state, moving, x.ref, y.ref);
    [layers, state, moving] = [nextLayers, nextState, nextMoving];
    return loss.dataSync()[0];
  };
};

const targetsOf = ({ loss, sizes }, { data, shape }) =>
  loss === "softmax" ? nn.oneHot(np.array(data), sizes.at(-1)) : np.array(data).reshape(shape);

await serve(async (spec, tensors) => {
  await init("wasm");
  defaultDevice("wasm");
  const { version } = createRequire(import.meta.url)("./node_modules/@jax-js/jax/package.json");
  const info = { library: `jax-js ${version}`, backend: defaultDevice(), threads: "see cpu" };
  const names = [...convolutionsOf(spec), ...layersOf(spec)];
  const layers = names.map((name) => makeLayer(spec, tensors, name));
  const batches = batchesOf(spec, tensors, (x, y) => ({
    x: spec.image ? np.transpose(np.array(x.data).reshape(x.shape), [0, 3, 1, 2]) : np.array(x.data).reshape(x.shape),
    y: y && targetsOf(spec, y),
  }));
  if (spec.task === "train") return { info, step: inTurns(batches, trainer(spec, layers)) };
  const predict = jit((weights, x) => call(spec, weights, x)[0]);
  return { info, step: inTurns(batches, ({ x }) => predict(tree.ref(layers), x.ref).dataSync()) };
});
