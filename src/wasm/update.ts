import type { FunctionBuilder, Local } from "./assembler.ts";
import { naryKernel } from "./elementwise.ts";
import { type Expression, f32x4, v128 } from "./instructions.ts";
import type { Kernel } from "./kernel.ts";

/**
 * Kernels of the optimizers' updates, `run(variable, ...slots, gradient, variable', ...slots', ...parameters, count)`:
 * flat, in place where an output is given the address of its input, parameters read once from memory (so that a rate may
 * stay in the tensor in which it flows). Products and sums are rounded one by one on every backend, never fused: a
 * variable has the same bits wherever it was trained with the same gradients. What stands behind the last element of a
 * block is computed too and means nothing. A count of zero does nothing.
 */

const { add, sub, mul, div, sqrt, max } = f32x4;

/** variable' = variable − rate·gradient */
export const sgdKernel: Kernel<"run"> = /* @__PURE__ */ naryKernel(
  "sgd",
  2,
  1,
  1,
  (_, [variable, gradient], [rate]) => [sub(variable, mul(rate, gradient))],
);

/** buffer' = momentum·buffer + gradientRate·gradient; variable' = variable − stepRate·buffer' */
export const momentumKernel: Kernel<"run"> = /* @__PURE__ */ naryKernel(
  "momentum",
  3,
  2,
  3,
  (f, [variable, buffer, gradient], [gradientRate, stepRate, momentum]) => {
    const next = f.local("v128", add(mul(momentum, buffer), mul(gradientRate, gradient)));
    return [sub(variable, mul(stepRate, next)), next];
  },
);

/** buffer' as above; variable' = variable − stepRate·(gradientRate·gradient + momentum·buffer') */
export const nesterovKernel: Kernel<"run"> = /* @__PURE__ */ naryKernel(
  "nesterov",
  3,
  2,
  3,
  (f, [variable, buffer, gradient], [gradientRate, stepRate, momentum]) => {
    const scaled = f.local("v128", mul(gradientRate, gradient));
    const next = f.local("v128", add(mul(momentum, buffer), scaled));
    return [sub(variable, mul(stepRate, add(scaled, mul(momentum, next)))), next];
  },
);

/** accumulator' = accumulator + gradient²; variable' = variable − rate·gradient / (√(accumulator' + inside) + outside) */
export const adaGradKernel: Kernel<"run"> = /* @__PURE__ */ naryKernel(
  "adaGrad",
  3,
  2,
  3,
  (f, [variable, accumulator, gradient], [rate, inside, outside]) => {
    const next = f.local("v128", add(accumulator, mul(gradient, gradient)));
    return [sub(variable, div(mul(rate, gradient), add(sqrt(add(next, inside)), outside))), next];
  },
);

/** mean' = mean + (value − mean)·part: a moving average that takes the given part of the new value. */
const average = (f: FunctionBuilder, mean: Local, value: Expression, part: Local): Local =>
  f.local("v128", add(mean, mul(sub(value, mean), part)));

/**
 * meanSquare' and, centered, meanGradient' are moving averages; s = meanSquare' or, centered,
 * max(meanSquare' − meanGradient'², 0); u = gradientRate·gradient / (√(s + inside) + outside); with momentum
 * buffer' = momentum·buffer + u in the place of u; variable' = variable − stepRate·u.
 */
export const rmsPropKernel = (name: string, centered: boolean, withMomentum: boolean): Kernel<"run"> => {
  const states = 2 + (centered ? 1 : 0) + (withMomentum ? 1 : 0);
  const parameters = withMomentum ? 6 : 5;
  return naryKernel(name, states + 1, states, parameters, (f, inputs, given) => {
    const [variable, meanSquare] = inputs;
    const gradient = inputs[states];
    const [gradientRate, stepRate, part, inside, outside, momentum] = given;
    const square = average(f, meanSquare, mul(gradient, gradient), part);
    const slots = [square];
    let spread = square;
    if (centered) {
      const mean = average(f, inputs[2], gradient, part);
      slots.push(mean);
      spread = f.local("v128", max(sub(square, mul(mean, mean)), v128.zero));
    }
    const root = add(sqrt(add(spread, inside)), outside);
    let step = f.local("v128", div(mul(gradientRate, gradient), root));
    if (withMomentum) {
      step = f.local("v128", add(mul(momentum, inputs[states - 1]), step));
      slots.push(step);
    }
    return [sub(variable, mul(stepRate, step)), ...slots];
  });
};

/** m' and v' are moving averages; variable' = variable − rate·m' / (√v' + epsilon) */
export const adamKernel: Kernel<"run"> = /* @__PURE__ */ naryKernel(
  "adam",
  4,
  3,
  4,
  (f, [variable, m, v, gradient], [rate, epsilon, part1, part2]) => {
    const first = average(f, m, gradient, part1);
    const second = average(f, v, mul(gradient, gradient), part2);
    return [sub(variable, div(mul(rate, first), add(sqrt(second), epsilon))), first, second];
  },
);

/** As adam, from variable − decay·variable. */
export const adamWKernel: Kernel<"run"> = /* @__PURE__ */ naryKernel(
  "adamW",
  4,
  3,
  5,
  (f, [variable, m, v, gradient], [rate, epsilon, decay, part1, part2]) => {
    const first = average(f, m, gradient, part1);
    const second = average(f, v, mul(gradient, gradient), part2);
    const decayed = sub(variable, mul(decay, variable));
    return [sub(decayed, div(mul(rate, first), add(sqrt(second), epsilon))), first, second];
  },
);
