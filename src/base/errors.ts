/**
 * The errors that gradus throws. A message reads `<where>: <rule>, got <every relevant value>. <Fix.>`; `where` is the
 * operation, layer or file, so that the first word says where to look.
 */
export class GradusError extends Error {
  /** The name of the class, also where a bundler has renamed it. */
  override readonly name: string = "GradusError";
}

/** Shapes that do not fit the operation, or each other. */
export class ShapeError extends GradusError {
  override readonly name: string = "ShapeError";
}

/** A dtype that the operation does not take, or a mixture of dtypes. */
export class DTypeError extends GradusError {
  override readonly name: string = "DTypeError";
}

/** A value (an option, an index, a number) outside of what is allowed. */
export class ValueError extends GradusError {
  override readonly name: string = "ValueError";
}

/** A temporary of a step was read after the step had ended. */
export class StaleTensorError extends GradusError {
  override readonly name: string = "StaleTensorError";
}

/** A file or download that is missing, damaged, or of another format. */
export class DataError extends GradusError {
  override readonly name: string = "DataError";
}

/** Where the first number that is NaN or infinite comes from. */
export interface NonFiniteOrigin {
  /** The operation: `log`. */
  readonly operation: string;
  /**
   * What holds the number: the result of the operation for finite numbers, its derivative, an operand that is a
   * variable, or an operand that comes from the data or from what is not trained.
   */
  readonly role: "result" | "derivative" | "variable" | "constant";
  /** Which operand holds it, or has the derivative; from 0. */
  readonly operand: number;
  /** The number. */
  readonly value: number;
  /** Which element it is, in row-major order. */
  readonly position: number;
  /** The shape of the tensor that holds it. */
  readonly shape: readonly number[];
  /** What the operands hold at that place; undefined where they have other places. */
  readonly operands: readonly (number | undefined)[];
}

/** What is known of a number that is not finite. */
export interface NonFiniteDetails {
  /** The number of the step; the first is 1. */
  readonly step?: number;
  /** The variable whose gradient or value it is, or that the operation reads which gave it. */
  readonly variable?: string;
  /** Where it came up first. */
  readonly origin?: NonFiniteOrigin;
  /** Why that is likely so, in a few words. */
  readonly likelyCause?: string;
}

/** A loss, a gradient or an updated value that is NaN or infinite. */
export class NonFiniteError extends GradusError {
  override readonly name: string = "NonFiniteError";
  /** The number of the step; the first is 1. */
  readonly step: number | undefined;
  /** The variable whose gradient or value it is, or that the operation reads which gave it. */
  readonly variable: string | undefined;
  /** Where it came up first. */
  readonly origin: NonFiniteOrigin | undefined;
  /** Why that is likely so, in a few words. */
  readonly likelyCause: string | undefined;

  constructor(message: string, details: NonFiniteDetails & { readonly cause?: unknown } = {}) {
    const { step, variable, origin, likelyCause, cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.step = step;
    this.variable = variable;
    this.origin = origin;
    this.likelyCause = likelyCause;
  }
}

/** The machine has no more memory. */
export class OutOfMemoryError extends GradusError {
  override readonly name: string = "OutOfMemoryError";
}

/** A derivative that disagrees with central differences. */
export class GradientError extends GradusError {
  override readonly name: string = "GradientError";
}
