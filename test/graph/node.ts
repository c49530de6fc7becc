import { type Tensor, tensor } from "gradus";
import { loadOnnx } from "gradus/graph";
import { encodeModel, type FileAttribute, type FileTensor } from "./onnxWriter.ts";

/** An input that is fed when the graph runs. */
export interface Fed {
  readonly feed: Tensor;
}

/** A tensor of the file: floats. */
export const floats = (dims: readonly number[], values: readonly number[]): FileTensor => ({ dims, values });
/** A vector of whole numbers of the file. */
export const wholes = (...values: readonly number[]): FileTensor => ({ dims: [values.length], values, type: "int64" });
/** One whole number of the file. */
export const wholeNumber = (value: number): FileTensor => ({ dims: [], values: [value], type: "int64" });
/** One float of the file. */
export const number = (value: number): FileTensor => ({ dims: [], values: [value] });
export const bools = (...values: readonly number[]): FileTensor => ({ dims: [values.length], values, type: "bool" });
/** A tensor that is fed. */
export const fed = (values: Parameters<typeof tensor>[0], options?: Parameters<typeof tensor>[1]): Fed => ({
  feed: tensor(values, options),
});

export interface NodeOptions {
  readonly opset?: number;
  readonly attributes?: Readonly<Record<string, FileAttribute>>;
  readonly outputs?: number;
  readonly training?: boolean;
  readonly seed?: number;
}

const types: Readonly<Record<string, number>> = { float32: 1, uint8: 2, int32: 6, bool: 9 };

/** Runs a file with one node. @returns Its outputs. */
export const runNode = async (
  op: string,
  inputs: readonly (FileTensor | Fed | undefined)[],
  { opset = 17, attributes = {}, outputs = 1, training = false, seed = 1 }: NodeOptions = {},
): Promise<readonly Tensor[]> => {
  const names = inputs.map((input, index) => (input ? `in${index}` : ""));
  const results = Array.from({ length: outputs }, (_, index) => `out${index}`);
  const bytes = encodeModel({
    opset,
    nodes: [{ op, inputs: names, outputs: results, attributes }],
    initializers: Object.fromEntries(
      inputs.flatMap((input, index) => (input && !("feed" in input) ? [[names[index], input] as const] : [])),
    ),
    inputs: Object.fromEntries(
      inputs.flatMap((input, index) =>
        input && "feed" in input
          ? [[names[index], { dims: input.feed.shape.map(() => "n"), type: types[input.feed.dtype] }] as const]
          : [],
      ),
    ),
    outputs: results,
  });
  const net = await loadOnnx(bytes, { seed });
  const feeds = Object.fromEntries(
    inputs.flatMap((input, index) => (input && "feed" in input ? [[names[index], input.feed] as const] : [])),
  );
  const values = net.run(feeds, { training });
  return results.map((name) => values[name]);
};
