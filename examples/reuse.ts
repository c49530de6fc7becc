import { Dense, loadModel, loadVariables, restore, Sequential } from "gradus";

// All of it, without the code that built it: the architecture is in the file.
const saved = await loadModel("my_model_final.safetensors");

// Some of it: a new model takes what matches by name; the report says what was and was not taken, and why.
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

// New layers on top of a layer found by its name, sharing its variables.
const extended = saved
  .upTo("hidden2")
  .extend([
    new Dense({ name: "new_hidden3", units: 20, activation: "relu" }),
    new Dense({ name: "new_outputs", units: 10 }),
  ]);

// Weights of another framework: safetensors, .npz, a TensorFlow checkpoint (the seed's my_model_final.ckpt).
const variables = await loadVariables("my_model_final.ckpt");
console.log(extended.assign(variables, { rename: (name) => name.replace(/^(?!dnn\/)/, "dnn/"), strict: false }));
