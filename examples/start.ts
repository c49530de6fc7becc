import {
  accuracy,
  type Callback,
  fit,
  GradusError,
  getBackend,
  type History,
  progressBar,
  restore,
  type Sequential,
  saveModel,
  setBackend,
} from "gradus";
import { inspector, textReport } from "gradus/report";
import { loadData } from "./start/data.ts";
import { type Network, networkFor } from "./start/networks.ts";
import { help, readOptions, type StartOptions, UsageError } from "./start/options.ts";
import { pictureOf } from "./start/picture.ts";

// npm start: trains the network of mnist.ts or batch-norm.ts, and shows its results.

const interruptedCode = 130;

/** Ctrl-C ends the program at once before and after training, and after the running step during training. A second one always ends it at once. */
const interruption = (() => {
  let stop: (() => void) | undefined;
  const end = (): void => process.exit(interruptedCode);
  process.on("SIGINT", () => {
    if (!stop) end();
    stop?.();
    stop = end;
  });
  const callback: Callback = {
    onTrainBegin: (run) => {
      stop = () => run.stop("interrupted");
    },
  };
  const finish = (): void => {
    stop = undefined;
  };
  return { callback, finish };
})();

/** Saves the model, loads the file into another one, and checks that they are equal. */
const save = async (model: Sequential, network: Network, options: StartOptions): Promise<void> => {
  await saveModel(model, options.save);
  const loaded = network.build(options.seed + 1);
  await restore(loaded, options.save);
  model.variables.forEach((variable, index) => {
    const copy = loaded.variables[index].read().data;
    if (!variable.read().data.every((value: number, position: number) => Object.is(value, copy[position]))) {
      throw new Error(`${options.save}: ${variable.name} came back from the file with other values.`);
    }
  });
  console.log(`Saved in ${options.save}: ${model.variables.length} variables, loaded again and found the same.`);
};

const stepTime = ({ epochs }: History): string => {
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const steps = epochs.reduce((sum, epoch) => sum + epoch.steps, 0);
  return `${((1000 * seconds) / steps).toPrecision(3)} ms`;
};

const start = async (options: StartOptions): Promise<number> => {
  if (options.backend) setBackend(options.backend);
  const data = await loadData(options, console.log);
  const network = networkFor(options, data);
  const { optimizer, epochs, batchSize, learningRate } = network;
  const { train, validation, test } = data;
  console.log(`Data:    ${data.description}`);
  console.log(`Backend: ${getBackend()}`);
  console.log(
    `Program: ${options.program}, ${epochs} epochs, batches of ${batchSize}, learning rate ${learningRate}, seed ${options.seed}\n`,
  );
  const model = network.build(options.seed);
  console.log(`${model.summary()}\n`);

  const callbacks = [interruption.callback, progressBar(), inspector({ report: options.report })];
  const history = await fit(model, train, { optimizer, epochs, batchSize, validation, callbacks });
  console.log(`\n${textReport(history)}`);
  console.log(`\nMore of it in a page: ${options.report}`);
  if (history.stopped !== undefined) {
    console.log(`\nInterrupted in epoch ${history.epochs.length + 1} of ${epochs}.`);
    await save(model, network, options);
    return interruptedCode;
  }
  interruption.finish();

  const predictions = model.predict(test.x);
  console.log(`\nTime per step: ${stepTime(history)}, including the report's measurements`);
  console.log(
    `Test accuracy: ${(100 * accuracy(predictions, test.y)).toFixed(2)} % of ${test.size} digits never seen\n`,
  );
  console.log(`${pictureOf(test, predictions, data.side)}\n`);
  await save(model, network, options);
  return 0;
};

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await start(options);
  else console.log(help);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}. npm start -- --help lists the options.`);
    process.exitCode = 2;
  } else if (error instanceof GradusError) {
    console.error(error.message);
    process.exitCode = 1;
  } else throw error;
}
