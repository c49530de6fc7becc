import { Adam, Dense, evaluate, fit, loadDigits, Sequential } from "gradus";
import { savePyTorch } from "gradus/graph";

const { train, test } = await loadDigits();
const model = new Sequential({
  name: "dnn",
  inputShape: [64],
  layers: [new Dense({ name: "hidden1", units: 32, activation: "relu" }), new Dense({ name: "outputs", units: 10 })],
  seed: 42,
});
// The variant says whose formula: PyTorch's Adam has its epsilon elsewhere.
const optimizer = new Adam({ variant: "pytorch" });
await fit(model, train, { optimizer, epochs: 3 });
console.log("test accuracy:", (await evaluate(model, test)).accuracy?.toFixed(4));

// Outgrown one machine: a folder with model.py (a plain nn.Module), weights.npz (optimizer state included), the data, and train.py,
// which continues where this run stopped, on as many machines as `torchrun` is given.
await savePyTorch({ model, optimizer, data: train }, "handover");
console.log("in the folder handover: torchrun --nproc_per_node=2 train.py --epochs 3");
