// Saves in a loop until it is killed: node program.mjs <path>. Every value in a file is the number of the save.
import { Adam, Dense, fill, Sequential, saveCheckpoint, saveModel } from "gradus";

const path = process.argv[2];
const model = new Sequential({ name: "dnn", inputShape: [500], layers: [new Dense({ units: 800 })], seed: 1 });
const optimizer = new Adam();
process.stdout.write("begun\n");
for (let number = 1; ; number++) {
  for (const variable of model.variables) variable.assign(fill(variable.shape, number));
  await (number % 2 ? saveModel(model, path) : saveCheckpoint({ model, optimizer }, path));
}
