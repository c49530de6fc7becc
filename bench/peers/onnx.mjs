// onnxruntime, which predicts only: node onnx.mjs onnxruntime-web|onnxruntime-node
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { batchesOf, inTurns, serve } from "./worker.mjs";

const library = process.argv[2];
const ort = createRequire(import.meta.url)(library);
const isWeb = library === "onnxruntime-web";
if (isWeb) ort.env.wasm.numThreads = 1;

/** The shape of images with one channel in ONNX's order; the numbers stay where they are. */
const channelsFirst = ([rows, ...sizes]) =>
  sizes.length === 3 ? [rows, sizes[2], sizes[0], sizes[1]] : [rows, ...sizes];

await serve(async (spec, tensors, path) => {
  const options = isWeb ? { executionProviders: ["wasm"] } : { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(`${path}.onnx`)), options);
  const { version } = createRequire(import.meta.url)(`./node_modules/${library}/package.json`);
  const info = { library: `${library} ${version}`, backend: isWeb ? "wasm" : "cpu", threads: "1 thread" };
  const batches = batchesOf(spec, tensors, (x) => new ort.Tensor("float32", x.data, channelsFirst(x.shape)));
  return { info, step: inTurns(batches, async (x) => (await session.run({ x })).y.data) };
});
