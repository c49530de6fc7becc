import type { DType } from "../../../src/tensor/dtype.ts";
import type { Primitive } from "../../../src/tensor/interpret/primitive.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";

/**
 * One input of a sample case: uniformly drawn from [low, high), by default [-1, 1) (whole numbers for other dtypes than
 * floats), or the values, repeated as often as the shape needs.
 */
export interface SampleInput {
  readonly shape: Shape;
  readonly dtype?: DType;
  readonly low?: number;
  readonly high?: number;
  readonly values?: readonly number[];
  readonly scale?: number;
  /** Points where the derivative jumps: values are drawn at least 0.02 away from them. */
  readonly kinks?: readonly number[];
}

/** Inputs that a primitive accepts; what it makes of them is checked against its reference and its derivative. */
export interface SampleCase<Attributes> {
  readonly inputs: readonly SampleInput[];
  readonly attributes: Attributes;
}

/** Inputs that a primitive refuses, with the whole text of the error: `ShapeError: matmul: ...`. */
export interface Refusal<Attributes> extends SampleCase<Attributes> {
  readonly error: string;
}

/** The samples of a primitive: its tests are generated from them. */
export interface Samples<Attributes = void> {
  readonly primitive: Primitive<Attributes>;
  readonly cases: readonly SampleCase<Attributes>[];
  readonly refused: readonly Refusal<Attributes>[];
  /**
   * The outputs from the inputs of a case, where a primitive is not to be called with them alone: some of its inputs are
   * functions of others. Default: the primitive bound to the inputs.
   */
  readonly apply?: (inputs: readonly Tensor[], attributes: Attributes) => readonly Tensor[];
  /** Largest error of the SIMD kernel against the reference, relative to the largest output. Default 1e-6. */
  readonly tolerance?: number;
  /** Whether inputs of NaN and ±Infinity are tried, the same pattern of them expected from both kernels. Default true. */
  readonly nonFinite?: boolean;
  /** Whether the derivative is checked; false needs a primitive that has none. Default: whether it has one. */
  readonly differentiable?: boolean;
}

/** Sizes at which loops go wrong: nothing, one, around a vector of 4 and around an unrolled turn of 16. */
export const edgeSizes: readonly number[] = [0, 1, 3, 4, 5, 15, 16, 17];

/** The refusal of int32 operands by an operation on `count` floats. */
export const refusesIntegers = <Attributes>(
  name: string,
  count: number,
  attributes: Attributes,
): Refusal<Attributes> => ({
  inputs: Array.from({ length: count }, () => ({ shape: [2], dtype: "int32" as const, low: 0, high: 5 })),
  attributes,
  error: `DTypeError: ${name}: operands must all be float32, or all float64, got ${new Array(count).fill("int32").join(", ")}. Convert with toFloat(...).`,
});

/** An input of whole numbers from 0 to size − 1, such as labels of `size` classes. */
export const indexInput = (shape: Shape, size: number): SampleInput => ({ shape, dtype: "int32", low: 0, high: size });

/** The refusals of a pair of float operands that broadcasts: other lengths, and another dtype. */
export const refusesPairs = (name: string): Refusal<void>[] => [
  {
    inputs: [{ shape: [2, 3] }, { shape: [2, 4] }],
    attributes: undefined,
    error:
      `ShapeError: ${name}: shapes must broadcast (equal lengths, or 1, from the last axis), got a=[2, 3], b=[2, 4] (3 against 4). ` +
      "Reshape one of them.",
  },
  {
    inputs: [{ shape: [2] }, { shape: [2], dtype: "int32", low: 0, high: 5 }],
    attributes: undefined,
    error: `DTypeError: ${name}: operands must all be float32, or all float64, got float32, int32. Convert with toFloat(...).`,
  },
];
