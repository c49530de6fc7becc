import { accuracy, Dense, fit, loadDigits, Momentum, Sequential } from "gradus";

const { train, validation, test } = await loadDigits();
const model = new Sequential({
  inputShape: [64],
  layers: [new Dense({ units: 32, activation: "relu" }), new Dense({ units: 10 })],
  seed: 1,
});
const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
await fit(model, train, { optimizer, epochs: 5, batchSize: 50, validation });
const reached = accuracy(model.predict(test.x), test.y);
if (reached < 0.9) throw new Error(`the test accuracy is ${reached}`);
console.log("trained");
