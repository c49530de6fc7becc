import { described } from "../../base/describe.ts";
import { checkOptions, joinRules, number, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { abs, mul, sub } from "../elementwise/arithmetic.ts";
import { clip } from "../elementwise/clip.ts";
import { square } from "../elementwise/powers.ts";
import type { Operand } from "../support/operands.ts";
import { type LossOptions, lossOptions, pairOf, reduced } from "./lossOptions.ts";

/**
 * The squared error (p − t)² of each element.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * meanSquaredError(tensor([[1], [2]]), tensor([[1], [4]])).item(); // 2
 */
export const meanSquaredError: (predictions: Operand, targets: Operand, options?: LossOptions) => Tensor =
  /* @__PURE__ */ described((predictions, targets, options = noOptions) => {
    checkOptions("meanSquaredError", options, lossOptions);
    const [p, t] = pairOf("meanSquaredError", predictions, targets);
    return reduced(square(sub(p, t)), options);
  }, "meanSquaredError");

/**
 * The absolute error |p − t| of each element; its derivative is 0 where both are equal.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * meanAbsoluteError(tensor([[1], [2]]), tensor([[1], [4]])).item(); // 1
 */
export const meanAbsoluteError: (predictions: Operand, targets: Operand, options?: LossOptions) => Tensor =
  /* @__PURE__ */ described((predictions, targets, options = noOptions) => {
    checkOptions("meanAbsoluteError", options, lossOptions);
    const [p, t] = pairOf("meanAbsoluteError", predictions, targets);
    return reduced(abs(sub(p, t)), options);
  }, "meanAbsoluteError");

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** The error at which the square becomes a line. Default: 1. */
  readonly delta?: number;
}

const huberOptions: OptionRules<HuberOptions> = /* @__PURE__ */ joinRules(
  { delta: /* @__PURE__ */ number({ above: 0 }) },
  lossOptions,
);

/**
 * Huber's loss of each element: e²/2 where |e| ≤ δ, else δ(|e| − δ/2), with e = p − t (Huber 1964).
 * @throws ValueError unless δ is positive; ShapeError, DTypeError for operands that do not fit.
 * @example
 * huber(tensor([[0.5], [3]]), tensor([[0], [0]]), { reduction: "none" }).toArray(); // [[0.125], [2.5]]
 */
export const huber: (predictions: Operand, targets: Operand, options?: HuberOptions) => Tensor =
  /* @__PURE__ */ described((predictions, targets, options = noOptions) => {
    checkOptions("huber", options, huberOptions);
    const { delta = 1 } = options;
    const [p, t] = pairOf("huber", predictions, targets);
    const error = sub(p, t);
    // c·(e − c/2) with c = e limited to ±δ is both branches at once, and smooth.
    const limited = clip(error, { min: -delta, max: delta });
    const losses = mul(limited, sub(error, mul(limited, 0.5)));
    return reduced(losses, options);
  }, "huber");
