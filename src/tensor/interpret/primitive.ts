import type { OperandType, TensorType, TypedArray } from "../dtype.ts";
import type { Step } from "../memory/step.ts";
import type { Storage } from "../memory/storage.ts";
import type { Tensor } from "../tensor.ts";
import type { Link } from "./backend.ts";

/**
 * Everything about one operation: its shape rule, its reference kernel, its SIMD kernel and its derivative.
 * Records are pure and registered nowhere.
 */
export interface Primitive<Attributes = void> {
  readonly name: string;
  /** Checks the inputs (nothing else does) and returns shape and dtype of every output. */
  readonly infer: (inputs: readonly OperandType[], attributes: Attributes) => readonly TensorType[];
  /** Checks the values of inputs, such as indices; runs on every backend before the kernel. */
  readonly check?: (inputs: readonly TypedArray[], types: readonly OperandType[], attributes: Attributes) => void;
  /** The meaning of the operation: plain loops that accumulate in double. Outputs hold garbage when it is called. */
  readonly reference?: (call: ReferenceCall<Attributes>) => void;
  /** The WebAssembly kernel, for float32. */
  readonly simd?: SimdBinding<Attributes>;
  /** The outputs are the first input in another shape: nothing is computed. */
  readonly alias?: boolean;
  /** Instead of a kernel: a function of other operations that no interpreter above sees the inside of. */
  readonly composite?: (inputs: readonly Tensor[], attributes: Attributes) => readonly Tensor[];
  /**
   * Within a step: the output, as a tensor whose elements are computed when they are first asked for; undefined where that does
   * not pay. It is for gradients that are mostly zeros: an optimizer that needs the other rows alone never asks.
   */
  readonly later?: (call: LaterCall<Attributes>) => Tensor | undefined;
  /** The vector-Jacobian product: for each input a thunk of its gradient, undefined where it has none. */
  readonly vjp?: (context: VjpContext<Attributes>) => readonly (Thunk | undefined)[];
}

/** The rows of a tensor, along its first axis, that may differ from zero. A row may be among them several times. */
export interface GradientRows {
  /** Their elements, [number of rows, ...]. */
  readonly elements: Tensor;
  /** The same rows of another tensor of this shape. */
  readonly take: (tensor: Tensor) => Tensor;
  /** Replaces these rows of a tensor in its memory. */
  readonly replace: (tensor: Tensor, rows: Tensor) => void;
}

/** A primitive that may be computed later. */
export interface LaterCall<Attributes> {
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly type: TensorType;
  readonly step: Step;
  /** Computes the output into a storage that has memory. */
  readonly compute: (output: Storage) => void;
}

export type Thunk = () => Tensor;

export interface ReferenceCall<Attributes> {
  readonly inputs: readonly TypedArray[];
  readonly outputs: readonly TypedArray[];
  readonly inputTypes: readonly OperandType[];
  readonly outputTypes: readonly TensorType[];
  readonly attributes: Attributes;
}

export interface SimdBinding<Attributes> {
  /** The kernel's name, for the generated table. */
  readonly kernel: string;
  /** Which cases the kernel takes; the others run on the reference kernel. Default: all. */
  readonly accepts?: (inputs: readonly OperandType[], attributes: Attributes) => boolean;
  readonly run: (call: SimdCall<Attributes>) => void;
}

export interface SimdCall<Attributes> {
  /** Byte addresses, 16-byte aligned; blocks are padded to a multiple of 16 bytes. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly inputTypes: readonly OperandType[];
  readonly outputTypes: readonly TensorType[];
  readonly attributes: Attributes;
  readonly link: Link;
  /** The address of `bytes` bytes for the time of this call. */
  readonly workspace: (bytes: number) => number;
  /** Does what chooses its kernels by the values in memory or by the threads, with a `link` of its own. */
  readonly work: (body: (workspace: (bytes: number) => number, link: Link) => void) => void;
  /** The address of float32 numbers for the time of this call. */
  readonly floats: (...values: number[]) => number;
  /** The address of a table of int32 numbers for the time of this call. */
  readonly ints: (values: readonly number[]) => number;
}

export interface VjpContext<Attributes> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** The gradient of each output; undefined where nothing depends on it. */
  readonly cotangents: readonly (Tensor | undefined)[];
  /** The gradient of the first output; zeros where nothing depends on it. */
  readonly dy: Tensor;
  /** Whether the gradient of an input is needed: a derivative that computes several at once can leave some out. */
  readonly isNeeded: (input: Tensor) => boolean;
}

/** Sees every primitive that is applied: the lowest interpreter computes, those above watch and pass on. */
export interface Interpreter {
  bind<Attributes>(
    primitive: Primitive<Attributes>,
    inputs: readonly Tensor[],
    attributes: Attributes,
    below: Bind,
  ): readonly Tensor[];
}

export type Bind = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
) => readonly Tensor[];
