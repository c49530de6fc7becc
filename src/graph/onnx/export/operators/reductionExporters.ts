import { allTaps, type ResampleAttributes } from "../../../../ops/image/resize.ts";
import { type Exporter, type Exporters, exporterOf, fixedAttributes } from "../exporter.ts";

interface Axes {
  readonly axis: number;
  readonly count: number;
}

/** A reduction of neighbouring axes. The axes are an input from opset `inputFrom` on. */
const reduction = (op: string, inputFrom: number): Exporter =>
  exporterOf<Axes>((call, graph) => {
    const { axis, count } = fixedAttributes(call);
    if (count === 0) return call.inputs[0];
    const axes = graph.axes(
      Array.from({ length: count }, (_, index) => axis + index),
      inputFrom,
    );
    const attributes = { ...axes.attributes, keepdims: { whole: 0 } };
    return graph.node(op, [...call.inputs, ...axes.inputs], call.outputs[0], attributes);
  });

const logSumExp: Exporter = ({ inputs: [x], outputs }, graph) => {
  const axes = graph.axes([x.type.shape.length - 1], 18);
  const attributes = { ...axes.attributes, keepdims: { whole: 0 } };
  return graph.node("ReduceLogSumExp", [x, ...axes.inputs], outputs[0], attributes);
};

const alongLast =
  (op: string): Exporter =>
  ({ inputs, outputs }, graph) =>
    graph.node(op, inputs, outputs[0], { axis: { whole: -1 } });

const argMax = exporterOf<{ readonly axis: number }>((call, graph) => {
  const { axis } = fixedAttributes(call);
  return graph.node("ArgMax", call.inputs, call.outputs[0], { axis: { whole: axis }, keepdims: { whole: 0 } });
});

const cumsum = exporterOf<{ readonly axis: number; readonly reverse: boolean }>((call, graph) => {
  const { axis, reverse } = fixedAttributes(call);
  const along = graph.constant("int32", [], Int32Array.of(axis));
  return graph.node("CumSum", [...call.inputs, along], call.outputs[0], { reverse: { whole: Number(reverse) } });
});

/** Sorted positions in each row, and in the whole: those of a row begin behind the elements of the rows before. */
const argSort = exporterOf<{ readonly count: number; readonly descending: boolean }>((call, graph) => {
  const { count, descending } = fixedAttributes(call);
  const [x] = call.inputs;
  const [places, positions] = call.outputs;
  const [rows, [length]] = x.type.shape;
  const values = { ...x.type, shape: places.shape };
  const attributes = { axis: { whole: -1 }, largest: { whole: Number(descending) } };
  const [, indices] = graph.nodeOf("TopK", [x, graph.wholes([count])], [values, places], attributes);
  const column = { ...places, shape: [rows, [1, 1]] as const };
  // A column of ones, summed from the top: 1, 2, ...; less 1, times the length, it is where a row begins.
  const one = graph.constant("int32", [1, 1], Int32Array.of(1));
  const ones = graph.node("Expand", [one, graph.shape(column.shape, "a number of sorted rows")], column);
  const first = graph.constant("int32", [], Int32Array.of(0));
  const numbers = graph.node("CumSum", [ones, first], column);
  const before = graph.node("Sub", [numbers, one], column);
  const starts = graph.node("Mul", [before, graph.constant("int32", [1, 1], Int32Array.of(length))], column);
  const whole = graph.node("Add", [indices, starts], places);
  return [indices, graph.node("Reshape", [whole, graph.wholes([-1])], positions)];
});

/** Pixels along an axis as weighted sums: a product with the matrix of the weights. */
const resample = exporterOf<ResampleAttributes>((call, graph) => {
  const attributes = fixedAttributes(call);
  const [x] = call.inputs;
  const [type] = call.outputs;
  const { axis } = attributes;
  const taps = allTaps(attributes);
  const columns = taps.length;
  const weights = new Float32Array(x.type.shape[axis][0] * columns);
  for (const [to, { first, weights: parts }] of taps.entries()) {
    for (const [index, weight] of parts.entries()) weights[(first + index) * columns + to] = weight;
  }
  const order = type.shape.map((_, index) => index);
  const last = [...order.filter((index) => index !== axis), axis];
  const moved = { ...type, shape: last.map((index) => type.shape[index]) };
  const matrix = graph.constant("float32", [x.type.shape[axis][0], columns], weights);
  const product = graph.node("MatMul", [graph.transpose(x, last), matrix], moved);
  return graph.transpose(
    product,
    order.map((index) => last.indexOf(index)),
  );
});

/** Sums, extremes, orders, and what is computed from whole rows. */
export const reductionExporters: Exporters = {
  sum: reduction("ReduceSum", 13),
  max: reduction("ReduceMax", 18),
  min: reduction("ReduceMin", 18),
  logSumExp,
  softmax: alongLast("Softmax"),
  logSoftmax: alongLast("LogSoftmax"),
  argMax,
  cumsum,
  argSort,
  resample,
};
