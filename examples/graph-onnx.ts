import { Adam, accuracy, Dense, fit, loadDigits, relu, Sequential, saveModel, tensor } from "gradus";
import { encodeOnnx, loadOnnx, saveOnnx } from "gradus/graph";

const { train, test } = await loadDigits();
const model = new Sequential({
  name: "dnn",
  inputShape: [64],
  layers: [new Dense({ name: "hidden1", units: 32 }), relu, new Dense({ name: "outputs", units: 10 })],
});
await fit(model, train, { optimizer: new Adam(), epochs: 3 });
console.log("test accuracy of the model:", accuracy(model.predict(test.x), test.y));

// Out: one file that ONNX Runtime, browsers, phones and clusters run; any number of rows.
await saveOnnx(model, "digits.onnx", { input: "x", output: "logits" });

// In: a layer like any other. Its weights are variables by the names in the file, its inner tensors are found by name.
const net = await loadOnnx("digits.onnx"); // or bytes: loadOnnx(bytes, { external: { "model.onnx.data": bytes } })
console.log(net.inputs, net.outputs, net.tensors()); // [{ name: "x", shape: [undefined, 64], dtype: "float32" }], ...
const { logits } = net.run({ x: tensor(new Float32Array(64), { shape: [1, 64] }) });
console.log(logits.shape, "test accuracy of the file:", accuracy(net.predict(test.x), test.y));

// It trains, freezes, is cut and extended, and is saved like any model, without the ONNX file.
net.freeze(/hidden1/);
await fit(net, train, { optimizer: new Adam(), epochs: 1 });
const extended: Sequential = net.upTo("dnn/hidden1").extend([relu, new Dense({ name: "new_outputs", units: 2 })]);
console.log(extended.predict(test.x).shape, "bytes of the extended model:", encodeOnnx(extended).byteLength);
await saveModel(net, "net.safetensors");
