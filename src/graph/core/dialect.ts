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

/** What patterns look at. */
export interface PatternFinder {
  /** The node that computes a tensor, where nothing but the node after it needs the tensor. */
  readonly producer: (tensor: string) => GraphNode | undefined;
  /** The value of a constant of one number. */
  readonly number: (tensor: string) => number | undefined;
}

/** Nodes that are computed as one. */
export interface PatternMatch {
  /** The tensor that they are a function of. */
  readonly input: string;
  /** The nodes in front of the last one. */
  readonly inner: readonly GraphNode[];
  readonly compute: (x: Tensor) => Tensor;
}

/** A function of one tensor that is written as several nodes. */
export interface Pattern {
  /** The operator of the last node. */
  readonly last: string;
  readonly match: (node: GraphNode, finder: PatternFinder) => PatternMatch | undefined;
}

/** A set of operators that graphs are written in. */
export interface Dialect {
  /** Completes "the operators of": `ONNX`. */
  readonly title: string;
  readonly operators: Operators;
  readonly fusions: readonly Fusion[];
  readonly patterns?: readonly Pattern[];
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
