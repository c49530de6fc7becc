import { described } from "../../base/describe.ts";
import { NonFiniteError, ValueError } from "../../base/errors.ts";
import { anything, checkOption, copyOptions, number, required } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { type Variant, variantRule } from "../../base/variant.ts";
import { add, div, maximum, minimum, mul } from "../../ops/elementwise/arithmetic.ts";
import { clip } from "../../ops/elementwise/clip.ts";
import { sqrt, square } from "../../ops/elementwise/powers.ts";
import { type ClipNormOptions, clipNorm } from "../../ops/reduce/clipNorm.ts";
import { firstNonFinite } from "../../ops/reduce/firstNonFinite.ts";
import { sum } from "../../ops/shape/broadcast.ts";
import { decide, unrecorded } from "../../tensor/interpret/hostWork.ts";
import { runStep } from "../../tensor/memory/step.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkGradients, type Gradients, type GradientTransform } from "./gradients.ts";

const normRule = /* @__PURE__ */ required(/* @__PURE__ */ number({ above: 0 }));

/** A transform that works in the running step; outside of one it runs a step. */
const transform =
  (where: string, body: (gradients: Gradients) => Gradients): GradientTransform =>
  (gradients) =>
    runStep(
      () => body(checkGradients(where, gradients)),
      (result) => {
        for (const { gradient } of result) gradient.storage.moveToArray();
      },
      // The gradients that computeGradients handed over stay where they are.
      { resume: true },
    );

/** The norm of all gradients together. */
const globalNorm = (gradients: Gradients): Tensor =>
  sqrt(gradients.map(({ gradient }) => sum(square(gradient))).reduce((a, b) => add(a, b)));

const forEach = (gradients: Gradients, f: (gradient: Tensor) => Tensor): Gradients =>
  gradients.map(({ variable, gradient }) => ({ variable, gradient: f(gradient) }));

/**
 * Limits each element of each gradient: g ← min(max(g, min), max). Source: `tf.clip_by_value`.
 * @throws ValueError unless both are numbers and min ≤ max.
 * @example
 * const optimizer = new SGD({ learningRate: 0.01, clip: clipByValue(-1, 1) });
 */
export const clipByValue = (min: number, max: number): GradientTransform => {
  if (!(typeof min === "number" && typeof max === "number" && min <= max)) {
    throw new ValueError(
      `clipByValue: min and max must be numbers with min ≤ max, got min=${showValue(min)}, max=${showValue(max)}. Name both, the smaller first.`,
    );
  }
  const limit = transform("clipByValue", (gradients) => forEach(gradients, (gradient) => clip(gradient, { min, max })));
  return described(limit, "clipByValue", { min, max });
};

/**
 * Limits the Euclidean norm of each gradient, by itself: g ← g·norm / max(‖g‖, norm). With `axis`, a norm for each place
 * along the other axes: axis 1 of a kernel [in, out] limits its rows. Source: `tf.clip_by_norm`.
 * @throws ValueError unless norm is a finite number above 0; when it is applied, ShapeError for a gradient without that
 * axis.
 * @example
 * const optimizer = new SGD({ learningRate: 0.01, clip: clipByNorm(1) });
 */
export const clipByNorm = (norm: number, options: ClipNormOptions = {}): GradientTransform => {
  const own = copyOptions("clipByNorm", options, { axis: anything });
  checkOption("clipByNorm", "norm", norm, normRule);
  const limit = transform("clipByNorm", (gradients) => forEach(gradients, (gradient) => clipNorm(gradient, norm, own)));
  return described(limit, "clipByNorm", { norm, ...own });
};

/** Options of `clipByGlobalNorm`. */
export interface ClipByGlobalNormOptions {
  /** Default: "tensorflow1", which `keras` agrees with. */
  readonly variant?: Variant;
}

/**
 * Limits the Euclidean norm of all gradients together, n = √Σ‖g‖², so that their direction stays.
 *
 * - `tensorflow1`, `keras`: g ← g·norm / max(n, norm)
 * - `pytorch`: g ← g·min(norm / (n + 1e-6), 1)
 *
 * Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013;
 * `tf.clip_by_global_norm`, `torch.nn.utils.clip_grad_norm_`.
 * @throws ValueError unless norm is a finite number above 0; when it is applied, NonFiniteError for a gradient that is not
 * finite, and DTypeError for gradients of different dtypes.
 * @example
 * const optimizer = new SGD({ learningRate: 0.01, clip: clipByGlobalNorm(5) });
 */
export const clipByGlobalNorm = (norm: number, options: ClipByGlobalNormOptions = {}): GradientTransform => {
  const where = "clipByGlobalNorm";
  const { variant = "tensorflow1" } = copyOptions(where, options, { variant: variantRule });
  checkOption(where, "norm", norm, normRule);
  const limit = transform(where, (gradients) => {
    const limited = (scaled: Gradients, scale: number): Gradients => {
      const global = globalNorm(scaled);
      const factor =
        variant === "pytorch"
          ? minimum(div(norm, add(global, 1e-6 * scale)), 1 / scale)
          : div(norm, maximum(global, norm * scale));
      return forEach(scaled, (gradient) => mul(gradient, factor));
    };
    const { storage } = globalNorm(gradients);
    // A power of two changes no digit, and squares neither overflow nor vanish.
    const scale = decide(() => {
      const length = storage.first();
      return !Number.isFinite(length) ? 2 ** -80 : norm < 2 ** -20 && length < 2 ** -40 ? 2 ** 80 : 1;
    });
    const place = scale < 1 ? firstNonFinite(gradients.map(({ gradient }) => gradient)) : undefined;
    if (place) {
      const { variable, gradient } = gradients[place.index];
      const value = unrecorded(() => gradient.storage.elements()[place.position]);
      throw new NonFiniteError(`${where}: gradients must be finite, got ${value} in that of "${variable.name}".`, {
        variable: variable.name,
      });
    }
    return limited(scale === 1 ? gradients : forEach(gradients, (gradient) => mul(gradient, scale)), scale);
  });
  return described(limit, where, { norm, variant });
};
