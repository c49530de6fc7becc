// The public surface of gradus/graph: named exports, nothing else.
export { type DescribedTensor, describeGraph, type GraphDescription } from "./describeGraph.ts";
export { Graph } from "./graph.ts";
export type { GraphOptions, GraphTensor, RunGraphOptions } from "./graphTypes.ts";
export { type LoadOnnxOptions, loadOnnx } from "./loadOnnx.ts";
export type { ExternalFiles } from "./onnx/externalData.ts";
export { type PyTorchContents, savePyTorch } from "./pytorch/savePyTorch.ts";
