import { type Exporter, type Exporters, exporterOf, fixedAttributes } from "../exporter.ts";
import type { ExportValue, ValueType } from "../exportValue.ts";
import type { GraphBuilder } from "../graphBuilder.ts";
import type { Length } from "../lengths.ts";

/** One product and sum for matrices; two nodes where x has more axes. */
const affine: Exporter = ({ inputs: [x, kernel, bias], outputs: [type] }, graph) =>
  type.shape.length === 2
    ? graph.node("Gemm", [x, kernel, bias], type)
    : graph.node("Add", [graph.node("MatMul", [x, kernel], type), bias], type);

interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const matmul = exporterOf<Transposition>((call, graph) => {
  const { transposeA, transposeB } = fixedAttributes(call);
  const [a, b] = call.inputs;
  const [type] = call.outputs;
  if (!transposeA && !transposeB) return graph.node("MatMul", [a, b], type);
  if (type.shape.length === 2 && a.type.shape.length === 2 && b.type.shape.length === 2) {
    return graph.node("Gemm", [a, b], type, {
      transA: { whole: Number(transposeA) },
      transB: { whole: Number(transposeB) },
    });
  }
  const swapped = (x: ExportValue): ExportValue => {
    const axes = x.type.shape.map((_, axis) => axis);
    return graph.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  };
  return graph.node("MatMul", [transposeA ? swapped(a) : a, transposeB ? swapped(b) : b], type);
});

interface BatchNormAttributes {
  readonly axis: number;
  readonly epsilon: number;
}

/** ONNX has the channels in axis 1: the last axis is moved there, and others become the second of three. */
const batchNorm = exporterOf<BatchNormAttributes>((call, graph) => {
  const { axis, epsilon } = fixedAttributes(call);
  const [x, mean, variance, gamma, beta] = call.inputs;
  const [type] = call.outputs;
  const rank = type.shape.length;
  const normalized = (images: ExportValue): ExportValue =>
    graph.node("BatchNormalization", [images, gamma, beta, mean, variance], images.type, {
      epsilon: { float: epsilon },
      momentum: { float: 0.9 },
    });
  if (axis === 1) return normalized(x);
  if (axis === rank - 1 && rank > 2) {
    const axes = type.shape.map((_, index) => index);
    const first = [0, rank - 1, ...axes.slice(1, -1)];
    return graph.transpose(
      normalized(graph.transpose(x, first)),
      axes.map((index) => first.indexOf(index)),
    );
  }
  const product = (lengths: readonly Length[]): Length => [
    lengths.reduce((size, length) => size * length[0], 1),
    lengths.reduce((size, length) => size * length[1], 1),
  ];
  const parts = [product(type.shape.slice(0, axis)), type.shape[axis], product(type.shape.slice(axis + 1))];
  return graph.reshape(normalized(graph.reshape(x, parts)), type.shape);
});

interface LayerNormAttributes {
  readonly axes: number;
  readonly epsilon: number;
}

const layerNorm = exporterOf<LayerNormAttributes>((call, graph) => {
  const { axes, epsilon } = fixedAttributes(call);
  const [x, gamma, beta] = call.inputs;
  const [type] = call.outputs;
  if (graph.opset >= 17) {
    return graph.node("LayerNormalization", [x, gamma, beta], type, {
      axis: { whole: -axes },
      epsilon: { float: epsilon },
    });
  }
  return normalizedInParts(graph, type, call.inputs, axes, epsilon);
});

/** As opset 13 has it: (x − mean)/√(mean (x − mean)² + ε)·γ + β. */
const normalizedInParts = (
  graph: GraphBuilder,
  type: ValueType,
  [x, gamma, beta]: readonly ExportValue[],
  count: number,
  epsilon: number,
): ExportValue => {
  const rank = type.shape.length;
  const axes = Array.from({ length: count }, (_, index) => rank - count + index);
  const kept = { ...type, shape: type.shape.map((length, axis): Length => (axes.includes(axis) ? [1, 1] : length)) };
  const meanOf = (value: ExportValue): ExportValue =>
    graph.node("ReduceMean", [value], kept, { axes: { wholes: axes }, keepdims: { whole: 1 } });
  const centred = graph.node("Sub", [x, meanOf(x)], type);
  const variance = meanOf(graph.node("Pow", [centred, graph.number(2)], type));
  const deviation = graph.node("Sqrt", [graph.node("Add", [variance, graph.number(epsilon)], kept)], kept);
  const scaled = graph.node("Mul", [graph.node("Div", [centred, deviation], type), gamma], type);
  return graph.node("Add", [scaled, beta], type);
};

/** Products and normalizations. */
export const networkExporters: Exporters = {
  affine,
  matmul,
  batchMatmul: matmul,
  batchNormInference: batchNorm,
  layerNorm,
};
