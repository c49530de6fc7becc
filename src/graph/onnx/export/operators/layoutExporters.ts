import { type Exporter, type Exporters, exporterOf, fixedAttributes, lengthsOf } from "../exporter.ts";
import type { ExportValue } from "../exportValue.ts";
import { CannotExport, type GraphBuilder } from "../graphBuilder.ts";
import { isFixed, type Length } from "../lengths.ts";

const reshape: Exporter = ({ inputs: [x], outputs: [{ shape }] }, graph) => graph.reshape(x, shape);

const transpose = exporterOf<{ readonly axes: readonly number[] }>((call, graph) =>
  graph.transpose(call.inputs[0], fixedAttributes(call).axes),
);

/** Axes that are there keep their lengths: a 1 of the shape does not change them. */
const broadcastTo: Exporter = ({ inputs: [x], outputs: [type] }, graph) => {
  const before = type.shape.length - x.type.shape.length;
  const target = type.shape.map((length, axis): Length => {
    const own = axis < before ? undefined : x.type.shape[axis - before];
    return own && own[0] === length[0] && own[1] === length[1] ? [1, 1] : length;
  });
  return graph.node("Expand", [x, graph.shape(target, "a length of a repeated tensor")], type);
};

const concat = exporterOf<{ readonly axis: number }>((call, graph) =>
  graph.node("Concat", call.inputs, call.outputs[0], { axis: { whole: fixedAttributes(call).axis } }),
);

interface Box {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

/** Beyond the end of every axis; before the start for a negative step. */
const beyond = 2 ** 31 - 1;

/** A position along an axis: from the start or, where that follows the rows, from the end. */
const positionOf = (position: Length, length: Length): number => {
  if (isFixed(position)) return position[0];
  const fromEnd = position.map((place, trace) => place - length[trace]);
  if (fromEnd[0] === fromEnd[1]) return fromEnd[0] < 0 ? fromEnd[0] : beyond;
  throw new CannotExport("slice takes a part that follows the number of rows");
};

const slice = exporterOf<Box>((call, graph) => {
  const [x] = call.inputs;
  const [begin, size, strides] = (["begin", "size", "strides"] as const).map((name) =>
    lengthsOf(call, (attributes) => attributes[name]),
  );
  const starts: number[] = [];
  const ends: number[] = [];
  const axes: number[] = [];
  const steps: number[] = [];
  for (const [axis, length] of x.type.shape.entries()) {
    const [step] = strides[axis];
    const isWhole = [0, 1].every((trace) => begin[axis][trace] === 0 && size[axis][trace] === length[trace]);
    if (isWhole && step === 1) continue;
    const end = [0, 1].map((trace) => {
      const last = begin[axis][trace] + (size[axis][trace] - 1) * step;
      return size[axis][trace] === 0 ? begin[axis][trace] : last + Math.sign(step);
    }) as unknown as Length;
    axes.push(axis);
    steps.push(step);
    starts.push(positionOf(begin[axis], length));
    // Before the first element, which -1 does not mean.
    ends.push(step < 0 && end[0] < 0 && end[1] < 0 ? -beyond : positionOf(end, length));
  }
  if (axes.length === 0) return x;
  return graph.node("Slice", [x, ...[starts, ends, axes, steps].map((list) => graph.wholes(list))], call.outputs[0]);
});

interface PadAttributes {
  readonly begin: readonly number[];
  readonly strides: readonly number[];
  readonly shape: readonly number[];
  readonly value?: number;
}

const pad = exporterOf<PadAttributes>((call, graph) => {
  const [x] = call.inputs;
  const begin = lengthsOf(call, (attributes) => attributes.begin);
  const full = lengthsOf(call, (attributes) => attributes.shape);
  const [{ strides, value = 0 }] = call.attributes;
  if (strides.some((stride) => stride !== 1)) throw new CannotExport("pad puts elements between those of the tensor");
  const margins = x.type.shape.map((length, axis) => {
    const after = [0, 1].map((trace) => full[axis][trace] - begin[axis][trace] - length[trace]);
    if (!isFixed(begin[axis]) || after[0] !== after[1]) throw new CannotExport("pad follows the number of rows");
    return [begin[axis][0], after[0]];
  });
  const pads = graph.wholes([...margins.map(([before]) => before), ...margins.map(([, after]) => after)]);
  return graph.node("Pad", [x, pads, constantOf(graph, x, value)], call.outputs[0]);
});

const constantOf = (graph: GraphBuilder, x: ExportValue, value: number): ExportValue => {
  const { dtype } = x.type;
  if (dtype === "float32") return graph.number(value);
  return graph.constant(dtype, [], dtype === "int32" ? Int32Array.of(value) : Uint8Array.of(value));
};

const gather = exporterOf<{ readonly axis: number }>((call, graph) =>
  graph.node("Gather", call.inputs, call.outputs[0], { axis: { whole: fixedAttributes(call).axis } }),
);

const oneHot = exporterOf<{ readonly depth: number }>((call, graph) => {
  const depth = graph.constant("int32", [], Int32Array.of(fixedAttributes(call).depth));
  const values = graph.constant("float32", [2], Float32Array.of(0, 1));
  return graph.node("OneHot", [...call.inputs, depth, values], call.outputs[0], { axis: { whole: -1 } });
});

/** Other shapes, parts, and values put together. */
export const layoutExporters: Exporters = {
  reshape,
  transpose,
  broadcastTo,
  concat,
  slice,
  pad,
  gather,
  embedding: gather,
  oneHot,
};
