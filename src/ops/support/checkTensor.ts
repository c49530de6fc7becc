import { DTypeError } from "../../base/errors.ts";
import { isVariable, showValue } from "../../base/showValue.ts";
import type { TensorType } from "../../tensor/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** The name of an operand in an error: its dtype, or its type when it is not a tensor. */
export const kindOf = (value: unknown): string =>
  (isVariable(value) ? undefined : (value as Partial<TensorType> | null)?.dtype) ?? showValue(value);

/** How to make a tensor of what is not one. */
const adviceFor = (value: unknown): string => {
  if (isVariable(value)) return "Pass variable.read().";
  if (typeof (value as { then?: unknown } | null | undefined)?.then === "function") return "Await it.";
  if (typeof value === "string") return "Convert text with Number(...).";
  return "Wrap values with tensor(...).";
};

/** An argument that must be a tensor, from plain JavaScript perhaps something else. @internal */
export const checkTensor = (where: string, value: unknown, what: string = "x", wanted: string = "a tensor"): Tensor => {
  if (value instanceof Tensor) return value;
  throw new DTypeError(`${where}: ${what} must be ${wanted}, got ${kindOf(value)}. ${adviceFor(value)}`);
};
