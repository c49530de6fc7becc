import type { FunctionBuilder, Local } from "./assembler.ts";
import { leastHeavy } from "./division.ts";
import { add, div, max, mul, sqrt, sub } from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import * as v128 from "./instructions/v128.ts";
import type { Expression } from "./instructions.ts";
import { type Kernel, kernel } from "./kernel.ts";
import { forVectors, turns } from "./vectorLoop.ts";

/**
 * Kernels of the optimizers' updates, and of moving averages: `run(table, count, rates, constants, average)` updates
 * variables, or runs of their elements, `count` of them in one call, with so many elements on average. For each the table has
 * the addresses of the variable, its slots, its gradient, the variable', its slots', and the number of elements. Flat, in place where an output is given the address of its input. Rates and
 * constants are the addresses of float32 numbers. Products and sums are rounded one by one on every backend, never fused:
 * a variable has the same bits wherever it was trained with the same gradients. What stands behind the last element of a
 * block is computed too and means nothing. A variable of no elements stays as it is.
 */

/** How many numbers a kernel takes. */
interface Counts {
  /** The variable and its slots. */
  readonly states: number;
  readonly rates: number;
  readonly constants: number;
  /** Vectors per turn: 1 for a long body. Default: several. */
  readonly unroll?: number;
}

/**
 * Emits the new values of the variable and its slots, four lanes; `inputs` are the variable, its slots and the gradient,
 * `parameters` the rates, then the constants.
 */
type UpdateBody = (f: FunctionBuilder, inputs: readonly Local[], parameters: readonly Local[]) => readonly Expression[];

const updateKernel = (
  name: string,
  { states, rates, constants, unroll = turns }: Counts,
  body: UpdateBody,
): Kernel<"run"> =>
  kernel(
    name,
    (module) => {
      module.export("run", 5, (f, table, count, rateAddress, constantAddress) => {
        const splat = (address: Local, index: number): Local => f.local("v128", v128.load32Splat(address, 4 * index));
        const numbers = [
          ...Array.from({ length: rates }, (_, index) => splat(rateAddress, index)),
          ...Array.from({ length: constants }, (_, index) => splat(constantAddress, index)),
        ];
        const entry = f.local("i32");
        const addresses = f.locals("i32", 2 * states + 1);
        const elements = f.local("i32");
        f.for(entry, 0, count, 1, () => {
          for (const [index, address] of addresses.entries()) f.set(address, i32.load(table, 4 * index));
          f.set(elements, i32.load(table, 4 * addresses.length));
          forVectors(f, elements, unroll, (offset, immediate) => {
            const at = (index: number): Expression => i32.add(addresses[index], offset);
            const inputs = Array.from({ length: states + 1 }, (_, index) =>
              f.local("v128", v128.load(at(index), immediate)),
            );
            // All values before the first store: an output may be an input that a later value still needs.
            const values = body(f, inputs, numbers).map((value) => f.local("v128", value));
            for (const [index, value] of values.entries()) f.storeV128(at(states + 1 + index), value, immediate);
          });
          f.increment(table, 4 * addresses.length + 4);
        });
      });
    },
    () => ({
      run: {
        count: 1,
        strides: () => [4 * (2 * states + 2)],
        size: ([, , , , average]) => average,
        multiple: 1,
        least: leastHeavy,
      },
    }),
  );

/** variable' = variable − rate·gradient */
export const sgdKernel: Kernel<"run"> = /* @__PURE__ */ updateKernel(
  "sgd",
  { states: 1, rates: 1, constants: 0 },
  (_, [variable, gradient], [rate]) => [sub(variable, mul(rate, gradient))],
);

/** average' = kept·average + share·value, with the value in the place of the gradient. */
export const movingAverageKernel: Kernel<"run"> = /* @__PURE__ */ updateKernel(
  "movingAverage",
  { states: 1, rates: 0, constants: 2 },
  (_, [average, value], [kept, share]) => [add(mul(kept, average), mul(share, value))],
);

/** buffer' = momentum·buffer + gradientRate·gradient; variable' = variable − stepRate·buffer' */
export const momentumKernel: Kernel<"run"> = /* @__PURE__ */ updateKernel(
  "momentum",
  { states: 2, rates: 2, constants: 1 },
  (f, [variable, buffer, gradient], [gradientRate, stepRate, momentum]) => {
    const next = f.local("v128", add(mul(momentum, buffer), mul(gradientRate, gradient)));
    return [sub(variable, mul(stepRate, next)), next];
  },
);

/** buffer' as above; variable' = variable − stepRate·(gradientRate·gradient + momentum·buffer') */
export const nesterovKernel: Kernel<"run"> = /* @__PURE__ */ updateKernel(
  "nesterov",
  { states: 2, rates: 2, constants: 1 },
  (f, [variable, buffer, gradient], [gradientRate, stepRate, momentum]) => {
    const scaled = f.local("v128", mul(gradientRate, gradient));
    const next = f.local("v128", add(mul(momentum, buffer), scaled));
    return [sub(variable, mul(stepRate, add(scaled, mul(momentum, next)))), next];
  },
);

/** accumulator' = accumulator + gradient²; variable' = variable − rate·gradient / (√(accumulator' + inside) + outside) */
export const adaGradKernel: Kernel<"run"> = /* @__PURE__ */ updateKernel(
  "adaGrad",
  { states: 2, rates: 1, constants: 2 },
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
  const counts = { states, rates: 2, constants: withMomentum ? 4 : 3, ...(centered ? { unroll: 1 } : {}) };
  return updateKernel(name, counts, (f, inputs, given) => {
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
export const adamKernel: Kernel<"run"> = /* @__PURE__ */ updateKernel(
  "adam",
  { states: 3, rates: 2, constants: 2 },
  (f, [variable, m, v, gradient], [rate, epsilon, part1, part2]) => {
    const first = average(f, m, gradient, part1);
    const second = average(f, v, mul(gradient, gradient), part2);
    return [sub(variable, div(mul(rate, first), add(sqrt(second), epsilon))), first, second];
  },
);

/** As adam, from variable − decay·variable. */
export const adamWKernel: Kernel<"run"> = /* @__PURE__ */ updateKernel(
  "adamW",
  { states: 3, rates: 3, constants: 2 },
  (f, [variable, m, v, gradient], [rate, epsilon, decay, part1, part2]) => {
    const first = average(f, m, gradient, part1);
    const second = average(f, v, mul(gradient, gradient), part2);
    const decayed = sub(variable, mul(decay, variable));
    return [sub(decayed, div(mul(rate, first), add(sqrt(second), epsilon))), first, second];
  },
);
