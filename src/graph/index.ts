// The public surface of gradus/graph: named exports, nothing else.
export { type DescribedTensor, describeGraph, type GraphDescription } from "./describeGraph.ts";
export { Graph } from "./graph.ts";
export type { GraphOptions, GraphTensor, RunGraphOptions } from "./graphTypes.ts";
export { type LoadOnnxOptions, loadOnnx } from "./loadOnnx.ts";
export type { EncodeOnnxOptions, OnnxOutput } from "./onnx/export/exportOptions.ts";
export type { ExternalFiles } from "./onnx/externalData.ts";
export { encodeOnnx, saveOnnx } from "./saveOnnx.ts";
