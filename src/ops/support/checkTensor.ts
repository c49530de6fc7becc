import { DTypeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { TensorType } from "../../tensor/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** The name of an operand in an error: its dtype, or its type when it is not a tensor. */
export const kindOf = (value: unknown): string => (value as Partial<TensorType> | null)?.dtype ?? showValue(value);

/** An argument that must be a tensor, from plain JavaScript perhaps something else. @internal */
export const checkTensor = (where: string, value: unknown, what: string = "x", wanted: string = "a tensor"): Tensor => {
  if (value instanceof Tensor) return value;
  throw new DTypeError(
    `${where}: ${what} must be ${wanted}, got ${showValue(value)}. ${(value as Partial<{ read: unknown }> | undefined)?.read ? "Pass its read()" : "Wrap values with tensor(...)"}.`,
  );
};
