import { ValueError } from "../../../base/errors.ts";
import type { DType, TypedArray } from "../../../tensor/dtype.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import type { ExportedGraph } from "./exportedGraph.ts";
import type { ExportAttribute, ExportNode, ExportValue } from "./exportValue.ts";
import { isFixed, timesBatch } from "./lengths.ts";
import { ProtoWriter } from "./protoWriter.ts";

/** The codes of element types. Whole numbers are int64, which every operator takes. */
const typeCodes: Readonly<Partial<Record<DType, number>>> = { float32: 1, uint8: 2, int32: 7, bool: 9 };

/** The version of the file format that belongs to a version of the operators: the oldest one that has it. */
const irVersions: Readonly<Record<number, number>> = { 13: 7, 17: 8, 20: 9 };

/** The largest message of protocol buffers. */
const mostBytes = 2 ** 31 - 1;

/** What a file says beside the graph. */
export interface ModelNotes {
  readonly name: string;
  /** The version of this library. */
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of an ONNX file.
 * @throws ValueError for a file that would be larger than 2 GiB.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export const writeOnnx = (
  where: string,
  graph: ExportedGraph,
  { name, version, metadata }: ModelNotes,
): Uint8Array<ArrayBuffer> => {
  const weights = graph.initializers.reduce(
    (bytes, [, { type }, { shape }]) => bytes + sizeOf(shape) * bytesOf(type.dtype),
    0,
  );
  if (weights > mostBytes) throw tooLarge(where, weights);
  const model = new ProtoWriter()
    .whole(1, irVersions[graph.opset])
    .text(2, "gradus")
    .text(3, version)
    .message(7, (message) => writeGraph(message, graph, name))
    .message(8, (opset) => opset.text(1, "").whole(2, graph.opset));
  for (const [key, value] of Object.entries(metadata)) model.message(14, (entry) => entry.text(1, key).text(2, value));
  if (model.length > mostBytes) throw tooLarge(where, model.length);
  return model.finish();
};

const tooLarge = (where: string, bytes: number): ValueError =>
  new ValueError(
    `${where}: a file of ONNX may have ${mostBytes} bytes, got ${bytes}. Save the variables with saveVariables, or export a part with upTo.`,
  );

const writeGraph = (message: ProtoWriter, graph: ExportedGraph, name: string): void => {
  for (const node of graph.nodes) message.message(1, (entry) => writeNode(entry, node, graph.nameOf));
  message.text(2, name);
  for (const [initializer, { type }, { shape, elements }] of graph.initializers) {
    message.message(5, (tensor) => {
      for (const length of shape) tensor.whole(1, length);
      tensor.whole(2, codeOf(type.dtype)).text(8, initializer).bytes(9, rawBytes(elements()));
    });
  }
  for (const input of graph.inputs) message.message(11, (value) => writeValue(value, input, graph.nameOf));
  for (const output of graph.outputs) message.message(12, (value) => writeValue(value, output, graph.nameOf));
};

const writeNode = (
  message: ProtoWriter,
  { op, inputs, outputs, attributes }: ExportNode,
  nameOf: ExportedGraph["nameOf"],
): void => {
  const names = inputs.map((input) => (input ? nameOf(input) : ""));
  // Inputs that are left out at the end are not written.
  while (names.at(-1) === "") names.pop();
  for (const name of names) message.text(1, name);
  for (const output of outputs) message.text(2, nameOf(output));
  message.text(3, nameOf(outputs[0])).text(4, op);
  for (const [name, attribute] of Object.entries(attributes)) {
    message.message(5, (entry) => writeAttribute(entry.text(1, name), attribute));
  }
};

/** The value, and the code of its type. */
const writeAttribute = (message: ProtoWriter, attribute: ExportAttribute): void => {
  if ("float" in attribute) message.float(2, attribute.float).whole(20, 1);
  else if ("whole" in attribute) message.whole(3, attribute.whole).whole(20, 2);
  else if ("text" in attribute) message.text(4, attribute.text).whole(20, 3);
  else {
    for (const entry of attribute.wholes) message.whole(8, entry);
    message.whole(20, 7);
  }
};

/** The type of an input or output; the length that is the number of rows is free, and has a name. */
const writeValue = (message: ProtoWriter, value: ExportValue, nameOf: ExportedGraph["nameOf"]): void => {
  const { dtype, shape } = value.type;
  message.text(1, nameOf(value)).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.whole(1, codeOf(dtype)).message(2, (dims) => {
        for (const length of shape) {
          dims.message(1, (dim) => {
            if (isFixed(length)) dim.whole(1, length[0]);
            else if (timesBatch(length) === 1) dim.text(2, "batch");
          });
        }
      }),
    ),
  );
};

const codeOf = (dtype: DType): number => typeCodes[dtype] as number;

const bytesOf = (dtype: DType): number => (dtype === "float32" ? 4 : dtype === "int32" ? 8 : 1);

/** The elements as bytes, little-endian as in memory; whole numbers with 64 bits. */
const rawBytes = (elements: TypedArray): Uint8Array => {
  if (!(elements instanceof Int32Array))
    return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  const halves = new Int32Array(2 * elements.length);
  for (const [index, element] of elements.entries()) {
    halves[2 * index] = element;
    halves[2 * index + 1] = element < 0 ? -1 : 0;
  }
  return new Uint8Array(halves.buffer);
};
