// npm run interop: exports every layer, activation and operation as a file of ONNX, runs it in ONNX Runtime, and compares the outputs
// with those of gradus.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type Layer, Model, ShapeError, type Tensor } from "gradus";
import { encodeOnnx, type GraphTensor } from "gradus/graph";
import { readOnnx } from "../../src/graph/onnx/readModel.ts";
import { type ExportCase, exportCases, feedsFor, predictionOf } from "../graph/export/exportCases.ts";
import { windowModel } from "../graph/export/windowCases.ts";

/** What is used of onnxruntime-web. */
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number }; logLevel: string };
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => unknown;
}

interface Session {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Result>>>;
  release(): Promise<void>;
}

interface Result {
  readonly dims: readonly number[];
  readonly data: Iterable<number | bigint>;
}

/** The largest difference, in units of the larger of 1 and the number. */
const tolerance = 1e-5;
const opsets = [13, 17, 20] as const;
const rows = 5;

const module = new URL("runtime/node_modules/onnxruntime-web/dist/ort.node.min.mjs", import.meta.url);
if (!existsSync(module)) {
  console.error("onnxruntime-web is missing: run npm ci --prefix test/interop/runtime --ignore-scripts");
  process.exit(1);
}
const runtime = (await import(module.href)) as Runtime;
// Without workers, which would outlive the program.
runtime.env.wasm.numThreads = 1;
runtime.env.logLevel = "error";

/** With --write=folder, the files are written for other checkers. */
const folder = process.argv.find((argument) => argument.startsWith("--write="))?.slice("--write=".length);
if (folder) mkdirSync(folder, { recursive: true });

/** The inputs that a file declares. Whole numbers of 64 bits are int32 in gradus. */
const inputsOf = (bytes: Uint8Array): readonly GraphTensor[] =>
  readOnnx(bytes, "interop").inputs.map(({ name, type, dims = [] }) => ({
    name,
    shape: dims.map((length) => (typeof length === "number" ? length : undefined)),
    dtype: type === 7 ? "int32" : "float32",
  }));

const fed = ({ dtype, data, shape }: Tensor): unknown =>
  dtype === "int32"
    ? new runtime.Tensor("int64", BigInt64Array.from(data, BigInt), shape)
    : new runtime.Tensor("float32", data, shape);

/** The largest difference of a result from a prediction. */
const differenceOf = (expected: Tensor, { dims, data }: Result): number => {
  if (String(dims) !== String(expected.shape)) return Number.POSITIVE_INFINITY;
  const values = Array.from(data, Number);
  return Array.from<number>(expected.data).reduce((largest, value, index) => {
    if (Object.is(value, values[index])) return largest;
    const difference = Math.abs(value - values[index]) / Math.max(1, Math.abs(value));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }, 0);
};

const compare = async (model: Layer, exportCase: ExportCase, bytes: Uint8Array): Promise<number> => {
  const session = await runtime.InferenceSession.create(bytes);
  try {
    const feeds = feedsFor(inputsOf(bytes), rows, exportCase.isCategorical);
    const results = await session.run(
      Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, fed(value)])),
    );
    const expected = predictionOf(model, exportCase, feeds);
    const outputs = Object.entries(results);
    const differences = Object.entries(expected).map(([name, value], index) =>
      differenceOf(value, model instanceof Model ? results[name] : outputs[index][1]),
    );
    return Math.max(...differences);
  } finally {
    await session.release();
  }
};

/** The convolutions and windows of random options that fit into their images. */
const windowCases = (): Readonly<Record<string, ExportCase>> => {
  const cases: Record<string, ExportCase> = {};
  for (let seed = 0; seed < 60; seed++) {
    const { title, make } = windowModel(seed);
    try {
      make();
    } catch (error) {
      if (error instanceof ShapeError) continue;
      throw error;
    }
    cases[title] = { model: make };
  }
  return cases;
};

const started = performance.now();
let failures = 0;
let count = 0;
let worst = { difference: 0, name: "" };
for (const [name, exportCase] of Object.entries({ ...exportCases, ...windowCases() })) {
  const model = exportCase.model();
  for (const opset of opsets) {
    const bytes = encodeOnnx(model, { ...exportCase.options, opset });
    if (folder) writeFileSync(join(folder, `${name.replaceAll(/[^\w]+/g, "-")}-${opset}.onnx`), bytes);
    count++;
    let difference: number;
    try {
      difference = await compare(model, exportCase, bytes);
    } catch (error) {
      difference = Number.POSITIVE_INFINITY;
      console.log(error instanceof Error ? error.message : error);
    }
    if (difference > worst.difference) worst = { difference, name: `${name} of opset ${opset}` };
    if (difference <= tolerance) continue;
    failures++;
    console.log(`${name} of opset ${opset}: the outputs differ by ${difference}`);
  }
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `${count} files in ONNX Runtime in ${seconds} s: ${failures === 0 ? `all within ${tolerance}` : `${failures} failed`}; ` +
    `the largest difference is ${worst.difference.toExponential(1)} (${worst.name})`,
);
process.exitCode = failures === 0 ? 0 : 1;
