import { accuracy, Dense, fit, loadDigits, Momentum, Sequential } from "gradus";
import { inspector, saveReport, textReport } from "gradus/report";

const { train, validation, test } = await loadDigits();
const model = new Sequential({
  inputShape: [64],
  layers: [new Dense({ units: 32, activation: "relu" }), new Dense({ units: 10 })],
  seed: 1,
});
const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
const callbacks = [inspector({ report: "live.html" })];
const history = await fit(model, train, { optimizer, epochs: 5, batchSize: 50, validation, callbacks });
const reached = accuracy(model.predict(test.x), test.y);
if (reached < 0.9) throw new Error(`the test accuracy is ${reached}`);
await saveReport(history, "report.html");
console.log(textReport(history));
console.log("trained");
