import { DTypeError } from "../../base/errors.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** y = x without its fraction, as int32; NaN becomes 0. There is no derivative. */
export const toInt32Primitive: Primitive = {
  name: "toInt32",
  infer: ([x]) => {
    if (!isFloat(x.dtype)) {
      throw new DTypeError(`toInt32: x must be float32 or float64, got ${x.dtype}. Convert with toFloat(...).`);
    }
    return [{ shape: x.axes, dtype: "int32" }];
  },
  reference: ({ inputs: [x], outputs: [y] }) => {
    // An Int32Array cuts the fraction off.
    for (let index = 0; index < y.length; index++) y[index] = x[index];
  },
};

/** Floats without their fractions, as int32, for indices. No gradient passes. @internal */
export const toInt32 = (x: Tensor): Tensor => bindOne(toInt32Primitive, [x], undefined);
