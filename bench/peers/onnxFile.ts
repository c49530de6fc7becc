import { readFileSync, writeFileSync } from "node:fs";
import type { Spec } from "./workloads.ts";

/** The parts of a message of protocol buffers; numbers are varints, nested lists are messages. */
type Field = readonly [number: number, value: number | string | Uint8Array | readonly Field[]];

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
};

const encode = (fields: readonly Field[]): Uint8Array => {
  const parts = fields.flatMap(([number, value]): (number[] | Uint8Array)[] => {
    if (typeof value === "number") return [varint(number * 8), varint(value)];
    const bytes = typeof value === "string" ? Buffer.from(value) : value instanceof Uint8Array ? value : encode(value);
    return [varint(number * 8 + 2), varint(bytes.length), bytes];
  });
  return Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));
};

const float32 = 1;
const typeOfInts = 7;

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
const initializer = (name: string, shape: readonly number[], data: Uint8Array): Field[] => [
  ...shape.map((length): Field => [1, length]),
  [2, float32],
  [8, name],
  [9, data],
];

/** NodeProto: input 1, output 2, op_type 4, attribute 5: AttributeProto: name 1, ints 8, type 20. */
const node = (
  operation: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, readonly number[]>> = {},
): Field[] => [
  ...inputs.map((input): Field => [1, input]),
  [2, output],
  [4, operation],
  ...Object.entries(attributes).map(
    ([name, ints]): Field => [5, [[1, name], ...ints.map((value): Field => [8, value]), [20, typeOfInts]]],
  ),
];

/** ValueInfoProto: name 1, type 2 → tensor_type 1 → elem_type 1, shape 2 → dim 1 → dim_value 1 or dim_param 2. */
const value = (name: string, sizes: readonly number[]): Field[] => {
  const dimensions: Field[] = [[1, [[2, "rows"]]], ...sizes.map((size): Field => [1, [[1, size]]])];
  return [
    [1, name],
    [
      2,
      [
        [
          1,
          [
            [1, float32],
            [2, dimensions],
          ],
        ],
      ],
    ],
  ];
};

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
}

interface Weights {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The numbers of a tensor in the order of other axes. */
const permute = ({ name, shape, data }: Weights, axes: readonly number[]): Weights => {
  const stride = (axis: number): number => shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const offsets = axes.reduce<readonly number[]>(
    (all, axis) =>
      all.flatMap((from) => Array.from({ length: shape[axis] }, (_, index) => from + index * stride(axis))),
    [0],
  );
  return { name, shape: axes.map((axis) => shape[axis]), data: Float32Array.from(offsets, (from) => data[from]) };
};

/** Weights for images whose channels come first, as in ONNX: kernels of convolutions, and the rows behind the flattened images. */
const channelsFirst = (weights: Weights, { filters }: Spec): Weights => {
  const { name, shape, data } = weights;
  if (shape.length === 4) return permute(weights, [3, 2, 0, 1]);
  if (name !== "layer1/kernel" || filters.length === 0) return weights;
  const channels = filters[filters.length - 1];
  const byPixel = { name, shape: [shape[0] / channels, channels, shape[1]], data };
  return { name, shape, data: permute(byPixel, [1, 0, 2]).data };
};

/** Writes the network of a workload as an ONNX file, <path>.onnx, with the weights of <path>.bin: Conv, MaxPool, Gemm and Relu. */
export const writeOnnx = (path: string, spec: Spec): void => {
  const { tensors } = JSON.parse(readFileSync(`${path}.json`, "utf8")) as { readonly tensors: readonly Entry[] };
  const bytes = readFileSync(`${path}.bin`);
  const weights = tensors
    .filter(({ name }) => name.includes("/"))
    .map(({ name, shape, offset }) => {
      const size = 4 * shape.reduce((product, length) => product * length, 1);
      const data = new Float32Array(Uint8Array.from(bytes.subarray(offset, offset + size)).buffer);
      return channelsFirst({ name, shape, data }, spec);
    });
  const { image } = spec;
  const last = spec.sizes.length - 1;
  const convolutions = spec.filters.flatMap((_, index) => {
    const layer = `convolution${index + 1}`;
    const input = index === 0 ? "x" : `convolution${index}/out`;
    return [
      node("Conv", [input, `${layer}/kernel`, `${layer}/bias`], `${layer}/product`),
      node("Relu", [`${layer}/product`], `${layer}/relu`),
      node("MaxPool", [`${layer}/relu`], `${layer}/out`, { kernel_shape: [2, 2], strides: [2, 2] }),
    ];
  });
  const flat = image ? [node("Flatten", [`convolution${spec.filters.length}/out`], "flat")] : [];
  const layers = Array.from({ length: last }, (_, index): Field[][] => {
    const layer = `layer${index + 1}`;
    const input = index === 0 ? (image ? "flat" : "x") : `layer${index}/out`;
    const inputs = [input, `${layer}/kernel`, `${layer}/bias`];
    if (index + 1 === last) return [node("Gemm", inputs, "y")];
    return [node("Gemm", inputs, `${layer}/product`), node("Relu", [`${layer}/product`], `${layer}/out`)];
  }).flat();
  const graph: Field[] = [
    ...[...convolutions, ...flat, ...layers].map((fields): Field => [1, fields]),
    [2, "network"],
    ...weights.map(({ name, shape, data }): Field => [5, initializer(name, shape, new Uint8Array(data.buffer))]),
    [11, value("x", image ? [image[2], image[0], image[1]] : [spec.sizes[0]])],
    [12, value("y", [spec.sizes[last]])],
  ];
  // ModelProto: ir_version 1, graph 7, opset_import 8 → version 2.
  writeFileSync(
    `${path}.onnx`,
    encode([
      [1, 8],
      [7, graph],
      [8, [[2, 13]]],
    ]),
  );
};
