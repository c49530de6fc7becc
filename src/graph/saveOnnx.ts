import { writeFile } from "#platform";
import { checkPath } from "../base/checkPath.ts";
import { checkOption, checkOptions, instanceOf, type OptionRule, required } from "../base/options.ts";
import { Layer } from "../layers/base/layer.ts";
import { forAnyInput } from "../layers/sequentialLayers.ts";
import { signatureOf } from "./exportSignature.ts";
import { Graph } from "./graph.ts";
import { checkOperations, isExported } from "./onnx/export/checkOperations.ts";
import { exportGraph } from "./onnx/export/exportGraph.ts";
import { typesOf } from "./onnx/export/exportInput.ts";
import { type EncodeOnnxOptions, exportRules } from "./onnx/export/exportOptions.ts";
import { rowCounts } from "./onnx/export/lengths.ts";
import { libraryVersion } from "./onnx/export/libraryVersion.ts";
import { pairTraces } from "./onnx/export/pairTraces.ts";
import { traceCalls } from "./onnx/export/traceCalls.ts";
import { writeOnnx } from "./onnx/export/writeOnnx.ts";

const modelRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ instanceOf("a layer or model", Layer));

/**
 * Writes a model into a file of ONNX, which ONNX Runtime, browsers and phones run: what it computes outside of training, for any number
 * of rows. A reader sees the old file or the new one, never a part. Layers of custom classes are written by what their `call`
 * computes, so they need no code of their own.
 *
 * Variables keep their names, and the output of each layer has the layer's path as its name. `loadOnnx` makes a layer of
 * the file, which predicts the same bits where each operation is one of ONNX's (see the guide).
 * @param path The file; its folder must exist.
 * @throws ValueError for a model whose input is not known, for operations that ONNX does not have (all of them at once, with the paths of the
 * layers), and for a file of more than 2 GiB; DataError when the file cannot be written; GradusError in browsers (`encodeOnnx` makes
 * the bytes).
 * @example
 * const model = new Sequential({ name: "dnn", inputShape: [64], layers: [new Dense({ name: "outputs", units: 10 })] });
 * await saveOnnx(model, "digits.onnx", { output: "probabilities" });
 * (await loadOnnx("digits.onnx")).tensors(); // ["x", "dnn/outputs", "probabilities"]
 * @see https://onnx.ai
 */
export const saveOnnx = async (model: Layer, path: string, options: EncodeOnnxOptions = {}): Promise<void> => {
  checkPath("saveOnnx", path, model);
  await writeFile(path, encode("saveOnnx", model, options));
};

/**
 * The bytes of the file that `saveOnnx` writes, for a download or a request.
 * @throws ValueError as `saveOnnx` does.
 * @example
 * const model = new Sequential({ inputShape: [2], layers: [new Dense({ units: 1 })] });
 * const net = await loadOnnx(encodeOnnx(model, { input: "point" }));
 * net.inputs; // [{ name: "point", shape: [undefined, 2], dtype: "float32" }]
 */
export const encodeOnnx = (model: Layer, options: EncodeOnnxOptions = {}): Uint8Array<ArrayBuffer> =>
  encode("encodeOnnx", model, options);

const encode = (where: string, model: Layer, options: EncodeOnnxOptions): Uint8Array<ArrayBuffer> => {
  checkOption(where, "model", model, modelRule);
  checkOptions(where, options, exportRules);
  if (model instanceof Graph) model.buildFor(model.rowShape);
  const signature = signatureOf(where, model, options);
  const trace = forAnyInput((dtype) => {
    const [first, second] = rowCounts.map((rows) =>
      traceCalls(where, model, signature.compute, typesOf(signature.inputs, rows, dtype), isExported),
    );
    checkOperations(where, first);
    return pairTraces(where, first, second);
  });
  const names = signature.inputs.map(({ name }) => name);
  const graph = exportGraph(where, trace, options.opset ?? 17, names, signature.outputs);
  return writeOnnx(where, graph, { name: model.name, version: libraryVersion, metadata: signature.metadata });
};
