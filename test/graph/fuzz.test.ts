import { GradusError, Random, randomNormal, tensor } from "gradus";
import { describeGraph, Graph, loadMetaGraph, loadMetaOptimizer, loadOnnx } from "gradus/graph";
import { expect, test } from "vitest";
import { encodeModel, type FileModel, smallNetwork } from "./onnxWriter.ts";
import { node, normalizedMeta, normalizedValues, smallMeta, smallValues } from "./tensorflow/metaNetworks.ts";
import { type EncodedFiles, encodeMetaFiles } from "./tensorflow/metaWriter.ts";

/** A file with attributes of every kind, whole numbers, shape arithmetic and weights in another file. */
const varied: FileModel = {
  opset: 13,
  nodes: [
    { op: "Flatten", inputs: ["x"], outputs: ["f"], attributes: { axis: 1 } },
    { op: "MatMul", inputs: ["f", "w"], outputs: ["m"] },
    { op: "Add", inputs: ["m", "b"], outputs: ["a"] },
    {
      op: "BatchNormalization",
      inputs: ["a", "b", "b", "b", "v"],
      outputs: ["n"],
      attributes: { epsilon: { float: 0.1 } },
    },
    { op: "Elu", inputs: ["n"], outputs: ["e"], attributes: { alpha: { float: 0.5 } } },
    { op: "Shape", inputs: ["e"], outputs: ["s"] },
    { op: "Slice", inputs: ["s", "zero", "one"], outputs: ["rows"] },
    {
      op: "ConstantOfShape",
      inputs: ["rows"],
      outputs: ["fill"],
      attributes: { value: { tensor: { dims: [1], values: [3] } } },
    },
    { op: "Concat", inputs: ["rows", "two"], outputs: ["target"], attributes: { axis: 0 } },
    { op: "Reshape", inputs: ["e", "target"], outputs: ["r"] },
    { op: "ReduceSum", inputs: ["r", "one"], outputs: ["t"], attributes: { keepdims: 0 } },
    { op: "Transpose", inputs: ["r"], outputs: ["tr"], attributes: { perm: [1, 0] } },
    { op: "Add", inputs: ["t", "fill"], outputs: ["y"] },
  ],
  initializers: {
    w: { dims: [4, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] },
    b: { dims: [2], values: [], external: { location: "data", offset: "0", length: "8" } },
    v: { dims: [2], values: [1, 4] },
    zero: { dims: [1], values: [0], type: "int64" },
    one: { dims: [1], values: [1], type: "int64" },
    two: { dims: [1], values: [2], type: "int64" },
  },
  inputs: { x: { dims: ["n", 2, 2] } },
  outputs: ["y", "tr"],
  metadata: { classes: "a,b" },
};

const external = { data: new Uint8Array(Float32Array.of(0.5, -0.5).buffer) };

/** A copy with a few changes: bits turned, bytes replaced, a part cut out, doubled or moved. */
const mutated = (bytes: Uint8Array, random: () => number): Uint8Array => {
  const whole = (below: number): number => Math.floor(random() * below);
  let copy = bytes.slice();
  for (let change = 0; change <= whole(2); change++) {
    if (copy.length === 0) return copy;
    const at = whole(copy.length);
    const part = copy.slice(at, at + whole(24));
    // Most changes leave the lengths of messages, so that readers get further.
    const kind = whole(16);
    if (kind < 6) copy[at] ^= 1 << whole(8);
    else if (kind < 12) copy[at] = [0, 1, 127, 128, 255, whole(256)][whole(6)];
    else if (kind === 12) copy = Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + part.length)]);
    else if (kind === 13) copy = Uint8Array.from([...copy.subarray(0, at), ...part, ...copy.subarray(at)]);
    else if (kind === 14) copy.set(part.subarray(0, copy.length - whole(copy.length)), 0);
    else copy = copy.slice(0, at);
  }
  return copy;
};

/** Loads and runs a changed file. @returns Whether it was sound. Any error but one of gradus fails. */
const tryOut = async (bytes: Uint8Array): Promise<boolean> => {
  try {
    await describeGraph(bytes);
    const net = await loadOnnx(bytes, { external });
    const feeds = net.inputs.map(({ name, shape, dtype }) => {
      const lengths = shape.map((length) => Math.min(length ?? 3, 4));
      const floats = randomNormal(lengths, { seed: 1 });
      return [
        name,
        dtype === "float32" ? floats : tensor(floats.data.map(Math.abs), { shape: lengths, dtype }),
      ] as const;
    });
    net.run(Object.fromEntries(feeds));
    return true;
  } catch (error) {
    if (!(error instanceof GradusError)) throw error;
    return false;
  }
};

/** The number of files; more with GRADUS_FUZZ. */
const count = Number(process.env.GRADUS_FUZZ ?? 600);

/** Changes `count` files and tries them. `make` changes one of them; `run` returns whether it was sound. */
const fuzz = async <File>(
  make: (index: number, random: () => number) => File,
  run: (file: File) => Promise<boolean>,
  show: (file: File) => string,
): Promise<{ readonly sound: number; readonly longest: number }> => {
  const numbers = new Random(Number(process.env.GRADUS_FUZZ_SEED ?? 1));
  let sound = 0;
  let longest = 0;
  for (let index = 0; index < count; index++) {
    const draws = randomNormal([64], { random: numbers }).data;
    let next = 0;
    const file = make(index, () => Math.abs(draws[next++ % draws.length] * 1e3) % 1);
    // Processor time: a busy machine may stop the process for seconds.
    const start = process.cpuUsage();
    try {
      if (await run(file)) sound++;
    } catch (cause) {
      throw new Error(`file ${index}: ${show(file)}`, { cause });
    }
    const { user, system } = process.cpuUsage(start);
    longest = Math.max(longest, (user + system) / 1000);
  }
  console.info(`${count} changed files: ${sound} run, the slowest took ${Math.round(longest)} ms`);
  return { sound, longest };
};

const inBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

test("changed files are refused with errors of the library, or run", { timeout: 60_000 + 20 * count }, async () => {
  const files = [encodeModel(varied), encodeModel(smallNetwork)];
  for (const file of files) expect(await tryOut(file)).toBe(true);
  const { sound, longest } = await fuzz((index, random) => mutated(files[index % 2], random), tryOut, inBase64);
  // Both ways are taken.
  expect(sound).toBeGreaterThan(count / 20);
  expect(sound).toBeLessThan(count * 0.95);
  expect(longest).toBeLessThan(5000);
});

/** The files of a run of TensorFlow, and the tensor to compute. */
type MetaRun = EncodedFiles & { readonly output: string };

/** Loads, runs, trains and saves changed files of TensorFlow. @returns Whether they were sound. */
const tryOutMeta = async ({ output, ...files }: MetaRun): Promise<boolean> => {
  try {
    await describeGraph(files.meta);
    const net = await loadMetaGraph(files, { output, seed: 1 });
    const feeds = net.inputs.map(({ name, shape, dtype }) => {
      const lengths = shape.map((length) => Math.min(length ?? 3, 4));
      const values = randomNormal(lengths, { seed: 1 });
      return [
        name,
        dtype === "float32" ? values : tensor(values.data.map(Math.abs), { shape: lengths, dtype }),
      ] as const;
    });
    for (const training of [false, true]) net.run(Object.fromEntries(feeds), { training });
    new Graph({ graph: (net.config() as unknown as { graph: object }).graph });
    if (net.variables.length > 0) await loadMetaOptimizer(files, net);
    return true;
  } catch (error) {
    if (!(error instanceof GradusError)) throw error;
    return false;
  }
};

test("changed files of TensorFlow are refused with errors of the library, or run", {
  timeout: 60_000 + 20 * count,
}, async () => {
  const normalized = normalizedMeta("1.5", 0.5);
  const trained = ["bn/gamma", "bn/beta"].flatMap((name) => [
    node(`update_${name}`, "ApplyGradientDescent", [name, "bn/epsilon"]),
  ]);
  const runs: readonly MetaRun[] = [
    { ...encodeMetaFiles(smallMeta, smallValues), output: "dnn/outputs/BiasAdd:0" },
    {
      ...encodeMetaFiles({ ...normalized, nodes: [...normalized.nodes, ...trained] }, normalizedValues),
      output: "drop/cond/Merge:0",
    },
  ];
  for (const run of runs) expect(await tryOutMeta(run)).toBe(true);
  const changed = (index: number, random: () => number): MetaRun => {
    const run = runs[index % 2];
    const part = random();
    if (part < 0.9) return { ...run, meta: mutated(run.meta, random) as Uint8Array<ArrayBuffer> };
    if (part < 0.95) return { ...run, index: mutated(run.index, random) };
    return { ...run, data: [mutated(run.data[0], random)] };
  };
  const { sound, longest } = await fuzz(changed, tryOutMeta, ({ meta, index, data }) =>
    [meta, index, data[0]].map(inBase64).join(" "),
  );
  expect(sound).toBeGreaterThan(count / 20);
  expect(sound).toBeLessThan(count * 0.95);
  expect(longest).toBeLessThan(5000);
});
