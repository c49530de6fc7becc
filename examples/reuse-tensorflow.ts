import { accuracy, Dense, fit, loadMnist, Momentum } from "gradus";
import { loadMetaGraph, loadMetaOptimizer } from "gradus/graph";

const { train, validation } = await loadMnist({ validation: 5000 });

// All of a network of TensorFlow 1: tf.train.import_meta_graph, get_tensor_by_name and saver.restore, from the files
// my_model_final.ckpt.meta, .index and .data-00000-of-00001. Only what the output needs is read: no saver, no gradients.
const graph = await loadMetaGraph("my_model_final.ckpt", { output: "dnn/outputs/BiasAdd:0" });
console.log("tensors:", graph.tensors());
console.log("accuracy:", accuracy(graph.predict(validation.x), validation.y));

// The run resumes with the optimizer that the file trains with: its numbers, and its slots.
const optimizer = await loadMetaOptimizer("my_model_final.ckpt", graph);
await fit(graph, train, { optimizer, epochs: 1, batchSize: 50 });
console.log("accuracy after an epoch more:", accuracy(graph.predict(validation.x), validation.y));

// A part of it: new layers on top of a tensor that is found by its name. Below it everything is frozen.
const model = graph
  .upTo("dnn/hidden2/Relu:0")
  .extend([
    new Dense({ name: "new_hidden3", units: 20, activation: "relu" }),
    new Dense({ name: "new_outputs", units: 10 }),
  ]);
model.freeze(/^hidden[12]/);
await fit(model, train, {
  optimizer: new Momentum({ learningRate: 0.01, momentum: 0.9 }),
  epochs: 1,
  batchSize: 50,
});
console.log("accuracy of new layers:", accuracy(model.predict(validation.x), validation.y));
