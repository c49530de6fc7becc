// The common part of the contenders in JavaScript: reads the workload, answers orders, and stays alive between them.
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";

// Libraries print greetings, but standard output is for the answers.
console.log = console.error;
console.info = console.error;

const answer = (value) => process.stdout.write(`@@${JSON.stringify(value)}\n`);

/** The weights and the data of a workload: views of one file. */
const readTensors = (path) => {
  const { tensors } = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  const bytes = readFileSync(`${path}.bin`);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return Object.fromEntries(
    tensors.map(({ name, shape, dtype, offset }) => {
      const View = dtype === "int32" ? Int32Array : Float32Array;
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, { shape, data: new View(buffer, offset, size) }];
    }),
  );
};

const round = async (step, milliseconds) => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let steps = 0;
  let end = start;
  do {
    const result = step();
    if (typeof result?.then === "function") await result;
    steps++;
    end = performance.now();
  } while (end - start < milliseconds);
  const { user, system } = process.cpuUsage(cpu);
  return { steps, seconds: (end - start) / 1000 / steps, cpu: (user + system) / 1000 / (end - start) };
};

/** The first losses or outputs of a contender: all contenders must compute the same. */
const check = async (step, spec, steps) => {
  const results = [];
  for (let count = 0; count < steps; count++) {
    const result = await step();
    if (typeof result === "number") results.push(result);
    else results.push(...Array.from(result.subarray(0, spec.checkOutputs)));
  }
  return results;
};

/**
 * Answers orders, one line of JSON each, until standard input ends.
 * @param prepare (spec, tensors) => { info, step }: step does one training step and returns the loss, or predicts and
 * returns the outputs. It may be asynchronous.
 */
export const serve = async (prepare) => {
  let step;
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    try {
      if (order.do === "setup") {
        const { spec } = JSON.parse(readFileSync(`${order.path}.json`, "utf8"));
        const prepared = await prepare(spec, readTensors(order.path), order.path);
        step = prepared.step;
        answer({ info: prepared.info, check: await check(step, spec, order.checkSteps ?? spec.checkSteps) });
      } else {
        answer(await round(step, order.milliseconds));
      }
    } catch (error) {
      answer({ error: String(error?.message ?? error) });
    }
  }
};

/** The batches of the data set, each as tensors of the contender. */
export const batchesOf = (spec, { x, y }, make) =>
  Array.from({ length: spec.batches }, (_, index) => {
    const part = ({ shape, data }) => {
      const row = shape.slice(1).reduce((product, length) => product * length, 1);
      const first = index * spec.batch * row;
      return { shape: [spec.batch, ...shape.slice(1)], data: data.slice(first, first + spec.batch * row) };
    };
    return make(part(x), y && part(y));
  });

/** Calls step with each batch in turns. */
export const inTurns = (batches, step) => {
  let next = 0;
  return () => step(batches[next++ % batches.length]);
};

export const convolutionsOf = (spec) => spec.filters.map((_, index) => `convolution${index + 1}`);

export const layersOf = (spec) => spec.sizes.slice(1).map((_, index) => `layer${index + 1}`);
