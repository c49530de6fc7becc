// The public surface of gradus/graph: named exports, nothing else.
export { describeGraph } from "./describeGraph.ts";
export { Graph } from "./graph.ts";
export type { DescribedTensor, GraphDescription } from "./graphDescription.ts";
export type { GraphOptions, GraphTensor, RunGraphOptions } from "./graphTypes.ts";
export { type LoadMetaGraphOptions, loadMetaGraph } from "./loadMetaGraph.ts";
export { type LoadMetaOptimizerOptions, loadMetaOptimizer } from "./loadMetaOptimizer.ts";
export { type LoadOnnxOptions, loadOnnx } from "./loadOnnx.ts";
export type { EncodeOnnxOptions, OnnxOutput } from "./onnx/export/exportOptions.ts";
export type { ExternalFiles } from "./onnx/externalData.ts";
export { type PyTorchContents, savePyTorch } from "./pytorch/savePyTorch.ts";
export { encodeOnnx, saveOnnx } from "./saveOnnx.ts";
export type { MetaGraphFiles, MetaGraphSource } from "./tensorflow/metaFiles.ts";
