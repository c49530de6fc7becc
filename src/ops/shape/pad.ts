import { ShapeError, ValueError } from "../../base/errors.ts";
import { checkOptions, type OptionRules, oneOf } from "../../base/options.ts";
import { noOptions, showValue } from "../../base/showValue.ts";
import { type DType, isFloat } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { concat } from "./concat.ts";
import { padPrimitive, slice } from "./slice.ts";

/** Options of `pad`. */
export interface PadOptions {
  /** What is around x: "constant" for `value`, "reflect" for x mirrored at its first and last elements. Default: "constant". */
  readonly mode?: "constant" | "reflect";
  /** The constant, for the mode of that name; of uint8, the stored byte. Default: 0. */
  readonly value?: number;
}

const rules: OptionRules<PadOptions> = {
  mode: /* @__PURE__ */ oneOf("constant", "reflect"),
  value: { words: "a number", holds: (value) => typeof value === "number" },
};

/** The largest whole number of the dtypes that hold whole numbers from 0. */
const largest: Partial<Readonly<Record<DType, number>>> = { bool: 1, uint8: 255 };

const checkValue = (dtype: DType, value: number): void => {
  if (isFloat(dtype)) return;
  const top = largest[dtype];
  const isHeld = top === undefined ? value === (value | 0) : Number.isInteger(value) && value >= 0 && value <= top;
  if (!isHeld) throw new ValueError(`pad: value must be one that ${dtype} holds, got ${showValue(value)}.`);
};

const checkPaddings = (shape: Shape, paddings: readonly (readonly [number, number])[], mirrors: boolean): void => {
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!Array.isArray(paddings) || paddings.length !== shape.length || !paddings.every(isPair)) {
    throw new ShapeError(
      `pad: paddings must be [before, after] for every axis, whole numbers from 0, got ${showValue(paddings)} for shape ${formatShape(shape)}.`,
    );
  }
  if (mirrors && paddings.some((pair, axis) => Math.max(...pair) > Math.max(shape[axis] - 1, 0))) {
    throw new ShapeError(
      `pad: a mirrored padding must be shorter than its axis, got ${showValue(paddings)} for shape ${formatShape(shape)}. ` +
        "The elements at the ends are not repeated.",
    );
  }
};

/** x with `before` and `after` elements around one axis, mirrored at its ends. */
const reflected = (x: Tensor, axis: number, [before, after]: readonly [number, number]): Tensor => {
  if (before === 0 && after === 0) return x;
  const steps = x.shape.map((_, index) => (index === axis ? -1 : 1));
  const mirror = (from: number, count: number): Tensor =>
    slice(
      x,
      x.shape.map((_, index) => (index === axis && count > 0 ? from : 0)),
      x.shape.map((length, index) => (index === axis ? count : length)),
      steps,
    );
  return concat([mirror(before, before), x, mirror(x.shape[axis] - 2, after)], { axis });
};

/**
 * x with elements added before and after each axis: a constant, or x mirrored without repeating its ends.
 * @param paddings For each axis [before, after].
 * @returns The same rank; each length grows by before + after.
 * @throws ShapeError when there is not a pair for every axis, or a mirrored padding is not shorter than its axis; ValueError for
 * a value that the dtype does not hold, and for options that are unknown.
 * @example
 * pad(tensor([1, 2, 3]), [[1, 2]]).toArray(); // [0, 1, 2, 3, 0, 0]
 * pad(tensor([1, 2, 3]), [[2, 1]], { mode: "reflect" }).toArray(); // [3, 2, 1, 2, 3, 2]
 */
export const pad = (
  x: Tensor,
  paddings: readonly (readonly [before: number, after: number])[],
  options: PadOptions = noOptions,
): Tensor => {
  checkOptions("pad", options, rules);
  const { mode = "constant", value = 0 } = options;
  const { shape, dtype } = checkTensor("pad", x);
  checkPaddings(shape, paddings, mode === "reflect");
  if (mode === "reflect") return paddings.reduce((padded, pair, axis) => reflected(padded, axis, pair), x);
  checkValue(dtype, value);
  const begin = paddings.map(([before]) => before);
  const padded = shape.map((length, axis) => length + paddings[axis][0] + paddings[axis][1]);
  return bindOne(padPrimitive, [x], { begin, strides: shape.map(() => 1), shape: padded, value });
};
