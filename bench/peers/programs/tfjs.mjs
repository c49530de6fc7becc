// The common part of both programs of TensorFlow.js: 784-300-100-10, ReLU, SGD.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";

const layer = (inputs, units) => {
  const limit = Math.sqrt(6 / (inputs + units));
  return [tf.variable(tf.randomUniform([inputs, units], -limit, limit)), tf.variable(tf.zeros([units]))];
};

export const program = async (backend) => {
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} did not start`);
  const layers = [layer(784, 300), layer(300, 100), layer(100, 10)];
  const call = (x) =>
    layers.reduce((a, [kernel, bias], index) => {
      const y = tf.add(tf.matMul(a, kernel), bias);
      return index < 2 ? tf.relu(y) : y;
    }, x);
  const optimizer = tf.train.sgd(0.01);
  const images = (bytes) => tf.div(tf.tensor2d(bytes, [bytes.length / 784, 784], "float32"), 255);
  return {
    train: (bytes, labels) => {
      const loss = tf.tidy(() => {
        const [x, y] = [images(bytes), tf.oneHot(tf.tensor1d(labels, "int32"), 10)];
        return optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, call(x)), true);
      });
      const [value] = loss.dataSync();
      loss.dispose();
      return value;
    },
    predict: (bytes) => tf.tidy(() => call(images(bytes)).dataSync()[0]),
  };
};
