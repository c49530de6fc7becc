import { DTypeError, ShapeError } from "../../base/errors.ts";
import { type DType, isFloat, type OperandType, type TensorType } from "../../tensor/dtype.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import { scalar, type Tensor } from "../../tensor/tensor.ts";
import { checkTensor, kindOf } from "./checkTensor.ts";
import { toFloat } from "./toFloat.ts";

/** An operand: a tensor, or a number, which becomes a scalar of the other operand's dtype. */
export type Operand = Tensor | number;

/** An operand of an operation on floats: stored bytes (uint8) are converted to the numbers that they mean. */
export const floatOperand = (operation: string, value: Operand): Tensor => {
  if (typeof value === "number") return scalar(value, "float32");
  checkTensor(operation, value, "an operand", "a tensor or a number");
  return value.dtype === "uint8" ? toFloat(value) : value;
};

/** Two operands of one dtype; a number takes the dtype of the other. */
export const floatOperands = (operation: string, a: Operand, b: Operand): [Tensor, Tensor] => {
  if (typeof a === "number" && typeof b !== "number") {
    const right = floatOperand(operation, b);
    return [scalar(a, right.dtype), right];
  }
  const left = floatOperand(operation, a);
  return [left, typeof b === "number" ? scalar(b, left.dtype) : floatOperand(operation, b)];
};

/**
 * The one dtype of all inputs, which must be float32 or float64.
 * @throws DTypeError for another dtype or a mixture.
 */
export const sameFloat = (operation: string, inputs: readonly OperandType[]): DType => {
  const dtype = inputs[0]!.dtype;
  const float = isFloat(dtype);
  for (const input of inputs) {
    if (!float || input.dtype !== dtype) {
      throw new DTypeError(
        `${operation}: operands must all be float32, or all float64, got ${inputs.map((input) => input.dtype).join(", ")}. ` +
          `Convert with toFloat(${inputs.every((input) => isFloat(input.dtype)) ? 'x, { dtype: "float32" }' : "..."}).`,
      );
    }
  }
  return dtype;
};

const fromOneHot = "argMax(labels, { axis: 1 })";

/**
 * Whether labels of this shape may be one-hot rows. One column cannot be one-hot: argMax would map every label to 0. The
 * shape is undefined for a value that is not a tensor.
 */
export const isOneHot = (labels: Shape | undefined): boolean => labels?.length === 2 && labels[1] > 1;

/** Checks the dtype of an input that is not a float, such as labels. */
export const requireDType = (operation: string, what: string, input: OperandType, dtype: DType): void => {
  if (input?.dtype !== dtype) {
    throw new DTypeError(
      `${operation}: ${what} must have dtype ${dtype}, got ${kindOf(input)}. ` +
        (what === "labels" && isOneHot(input?.axes)
          ? `Make them of one-hot rows with ${fromOneHot}.`
          : `Make them with tensor(values, { dtype: "${dtype}" }).`),
    );
  }
};

/**
 * The type of the same elements under another shape. Without object spread: V8 makes new hidden classes at each
 * spread, which stay until its next full collection.
 */
export const withShape = ({ dtype, scale }: TensorType, shape: Shape): TensorType =>
  scale === undefined ? { shape, dtype } : { shape, dtype, scale };

/** Checks predictions of [rows, classes] against labels of [rows]. */
export const checkRows = (operation: string, predictions: Shape, labels: Shape): void => {
  if (predictions.length !== 2 || labels.length !== 1 || predictions[0] !== labels[0]) {
    throw new ShapeError(
      `${operation}: predictions must be [rows, classes] and labels [rows], got ${formatShape(predictions)} and ${formatShape(labels)}. ` +
        (isOneHot(labels)
          ? `Make labels of one-hot rows with ${fromOneHot}.`
          : "Reshape them, or check that both come from the same batch."),
    );
  }
};
