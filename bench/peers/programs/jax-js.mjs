// 784-300-100-10, ReLU, SGD; the whole step under jit.
import { init, jit, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";

const layer = (key, inputs, units) => {
  const limit = Math.sqrt(6 / (inputs + units));
  return [random.uniform(random.key(key), [inputs, units], { minval: -limit, maxval: limit }), np.zeros([units])];
};

const call = (layers, x) =>
  layers.reduce((a, [kernel, bias], index) => {
    const y = np.matmul(a, kernel).add(bias);
    return index < 2 ? nn.relu(y) : y;
  }, x);

const lossOf = (layers, x, y) => np.sum(nn.logSoftmax(call(layers, x)).mul(y)).div(-50);

export const start = async () => {
  await init("wasm");
  let layers = [layer(1, 784, 300), layer(2, 300, 100), layer(3, 100, 10)];
  const differentiate = valueAndGrad(lossOf);
  const step = jit((weights, x, y) => {
    const [loss, gradients] = differentiate(tree.ref(weights), x, y);
    return [tree.map((w, g) => w.sub(g.mul(0.01)), weights, gradients), loss];
  });
  const predict = jit(call);
  const images = (bytes) => np.array(Float32Array.from(bytes, (byte) => byte / 255)).reshape([bytes.length / 784, 784]);
  return {
    train: (bytes, labels) => {
      const [next, loss] = step(layers, images(bytes), nn.oneHot(np.array(Int32Array.from(labels)), 10));
      layers = next;
      return loss.dataSync()[0];
    },
    predict: (bytes) => predict(tree.ref(layers), images(bytes)).dataSync()[0],
  };
};
