import { Dense, loadModel, loadVariables, restore, Sequential } from "gradus";

// The whole model, without the code that built it: the architecture is in the file.
const saved = await loadModel("my_model_final.safetensors");

// A part of it: a new model takes the variables that match by name. The report lists the others, and why they do not fit.
const model = new Sequential({
  name: "dnn",
  inputShape: [784],
  layers: [
    new Dense({ name: "hidden1", units: 300, activation: "relu" }),
    new Dense({ name: "hidden2", units: 100, activation: "relu" }),
    new Dense({ name: "hidden3", units: 50, activation: "relu" }),
    new Dense({ name: "outputs", units: 10 }),
  ],
});
const report = await restore(model, "my_model_final.safetensors", { match: /hidden[12]\// });
console.log(report); // { restored: [...], missing: [...], unexpected: [...], shapeMismatch: [...] }

// New layers on top of a layer of the saved model, whose variables both models share.
const extended = saved
  .upTo("hidden2")
  .extend([
    new Dense({ name: "new_hidden3", units: 20, activation: "relu" }),
    new Dense({ name: "new_outputs", units: 10 }),
  ]);

// Weights of another framework: safetensors, .npz, or a TensorFlow checkpoint.
const variables = await loadVariables("my_model_final.ckpt");
console.log(extended.assign(variables, { rename: (name) => name.replace(/^(?!dnn\/)/, "dnn/"), strict: false }));
