import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import { byElements, leastHeavy, leastLight } from "../assembler/division.ts";
import * as i16x8 from "../assembler/instructions/i16x8.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { at, forVectors, turns } from "./vectorLoop.ts";

/**
 * Generators of elementwise kernels: the loops around a body that computes four lanes. All data is float32 unless said;
 * addresses are bytes, counts are elements, and a count of zero does nothing.
 *
 * Edge rule. Flat loops work on whole vectors and may read and write up to three lanes behind the last element: blocks
 * are padded to 16 bytes. Rows end inside a block, so row loops read and write exactly their elements.
 */

/** Emits the value of four lanes; `x` may be read several times. Statements that it needs go into `f` first. */
export type UnaryBody = (f: FunctionBuilder, x: Local) => Expression;
export type NaryBody = (
  f: FunctionBuilder,
  inputs: readonly Local[],
  parameters: readonly Local[],
) => readonly Expression[];

/**
 * `run(...inputs, ...outputs, ...parameters, count)`: a parameter is the address of one float, read once. Outputs may be inputs.
 * @param unroll Vectors per turn: 1 for a long body.
 */
export const naryKernel = (
  name: string,
  inputs: number,
  outputs: number,
  parameters: number,
  body: NaryBody,
  unroll: number = turns,
): Kernel<"run"> => {
  const operands = inputs + outputs;
  return kernel(
    name,
    (module) => {
      module.export("run", operands + parameters + 1, (f, ...args) => {
        const outputAddresses = args.slice(inputs, operands);
        const splats = args
          .slice(operands, operands + parameters)
          .map((address) => f.local("v128", v128.load32Splat(address)));
        forVectors(f, args[args.length - 1], unroll, (offset, immediate) => {
          const loaded = args
            .slice(0, inputs)
            .map((address) => f.local("v128", v128.load(at(address, offset), immediate)));
          // All values before the first store: an output may be an input that a later value still needs.
          const values = body(f, loaded, splats).map((value) => f.local("v128", value));
          for (const [index, value] of values.entries())
            f.storeV128(at(outputAddresses[index], offset), value, immediate);
        });
      });
    },
    () => {
      const strides = [...new Array<number>(operands).fill(4), ...new Array<number>(parameters).fill(0)];
      return { run: byElements(strides, unroll > 1 ? leastLight : leastHeavy) };
    },
  );
};

/** `run(input, output, count)`: output[i] = body(input[i]), for a short body. The output may be the input. */
export const unaryKernel = (name: string, body: UnaryBody, unroll: number = turns): Kernel<"run"> =>
  naryKernel(name, 1, 1, 0, (f, [x]) => [body(f, x)], unroll);

/** Like {@link unaryKernel}, for a long body. */
export const longUnaryKernel = (name: string, body: UnaryBody): Kernel<"run"> => unaryKernel(name, body, 1);

/** `run(condition, a, b, out, count)`: a where the condition's byte is not 0, b elsewhere, moved bit for bit. */
export const whereKernel: Kernel<"run"> = /* @__PURE__ */ kernel(
  "where",
  (module) => {
    module.export("run", 5, (f, condition, a, b, out, count) => {
      forVectors(f, count, turns, (offset, immediate) => {
        const bytes = v128.load32Zero(at(condition, i32.shrU(offset, 2)), immediate / 4);
        const chosen = i32x4.ne(i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(bytes)), v128.zero);
        const value = v128.bitselect(v128.load(at(a, offset), immediate), v128.load(at(b, offset), immediate), chosen);
        f.storeV128(at(out, offset), value, immediate);
      });
    });
  },
  () => ({ run: byElements([1, 4, 4, 4], leastLight) }),
);
