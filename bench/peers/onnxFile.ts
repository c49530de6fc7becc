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

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
const initializer = (name: string, shape: readonly number[], data: Uint8Array): Field[] => [
  ...shape.map((length): Field => [1, length]),
  [2, float32],
  [8, name],
  [9, data],
];

/** NodeProto: input 1, output 2, op_type 4. */
const node = (operation: string, inputs: readonly string[], output: string): Field[] => [
  ...inputs.map((input): Field => [1, input]),
  [2, output],
  [4, operation],
];

/** ValueInfoProto: name 1, type 2 → tensor_type 1 → elem_type 1, shape 2 → dim 1 → dim_value 1 or dim_param 2. */
const value = (name: string, features: number): Field[] => [
  [1, name],
  [
    2,
    [
      [
        1,
        [
          [1, float32],
          [
            2,
            [
              [1, [[2, "rows"]]],
              [1, [[1, features]]],
            ],
          ],
        ],
      ],
    ],
  ],
];

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
}

/** Writes the network of a workload as an ONNX file, <path>.onnx, with the weights of <path>.bin: Gemm and Relu. */
export const writeOnnx = (path: string, spec: Spec): void => {
  const { tensors } = JSON.parse(readFileSync(`${path}.json`, "utf8")) as { readonly tensors: readonly Entry[] };
  const bytes = readFileSync(`${path}.bin`);
  const weights = tensors.filter(({ name }) => name.startsWith("layer"));
  const last = spec.sizes.length - 1;
  const nodes = Array.from({ length: last }, (_, index): Field[][] => {
    const layer = `layer${index + 1}`;
    const input = index === 0 ? "x" : `layer${index}/out`;
    const inputs = [input, `${layer}/kernel`, `${layer}/bias`];
    if (index + 1 === last) return [node("Gemm", inputs, "y")];
    return [node("Gemm", inputs, `${layer}/product`), node("Relu", [`${layer}/product`], `${layer}/out`)];
  }).flat();
  const graph: Field[] = [
    ...nodes.map((fields): Field => [1, fields]),
    [2, "network"],
    ...weights.map(({ name, shape, offset }): Field => {
      const size = 4 * shape.reduce((product, length) => product * length, 1);
      return [5, initializer(name, shape, bytes.subarray(offset, offset + size))];
    }),
    [11, value("x", spec.sizes[0])],
    [12, value("y", spec.sizes[last])],
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
