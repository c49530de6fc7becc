import type { Tensor } from "../../tensor/tensor.ts";
import type { GraphNode, Operators } from "./graphNode.ts";
import type { Value } from "./hostArray.ts";

/** Two nodes, the first of which only the second uses, that are computed as one. */
export interface Fusion {
  readonly first: string;
  readonly second: string;
  /** The result, from the inputs of the first and the other input of the second. */
  readonly compute: (inputs: readonly Value[], other: Value) => Tensor;
  /** Whether the attributes of the nodes allow it. */
  readonly applies?: (first: GraphNode, second: GraphNode) => boolean;
}

/** A set of operators that graphs are written in. */
export interface Dialect {
  /** Completes "the operators of": `ONNX`. */
  readonly title: string;
  readonly operators: Operators;
  readonly fusions: readonly Fusion[];
  /** The names that operators have as activations of layers, by operator. */
  readonly activations: Readonly<Record<string, string>>;
  /** Operators that pass their first input on, in another shape at most. */
  readonly passing: readonly string[];
  /**
   * Operators that take the inputs that are there. Where they exist, the others are not computed when an input is missing: it
   * is in a branch that is not taken.
   */
  readonly merging?: readonly string[];
  /** Operators that change the variable which their attribute `variable` names. Training does them where the outputs need it. */
  readonly updating?: readonly string[];
}
