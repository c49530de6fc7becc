import type { CallOptions, LayerOptions } from "../layers/base/layerOptions.ts";
import type { TensorRecord } from "./core/record.ts";

/** Options of `Graph`: the record that `config()` gives. */
export interface GraphOptions extends LayerOptions {
  /** The nodes, constants and names of a graph, as a saved model holds them. */
  readonly graph: object;
}

/** An input or output of a graph. */
export interface GraphTensor {
  /** Its name in the file. */
  readonly name: string;
  /** The lengths of its axes; undefined for those that are free. */
  readonly shape: readonly (number | undefined)[];
  /** float32 for floats of any width, int32 for whole numbers, bool, or uint8. */
  readonly dtype: "float32" | "int32" | "bool" | "uint8";
}

/** Options of `Graph.run`. */
export interface RunGraphOptions extends CallOptions {
  /** The names of the tensors to compute, inner ones too. Default: the outputs. */
  readonly outputs?: readonly string[];
}

/** Records of inputs or outputs, as users see them. */
export const tensorsOf = (records: readonly TensorRecord[]): readonly GraphTensor[] =>
  records.map(({ name, shape, dtype }) => ({
    name,
    shape: shape.map((length) => (length < 0 ? undefined : length)),
    dtype,
  }));
