import * as f32x4 from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import * as v128 from "./instructions/v128.ts";
import { assemble, kernel } from "./kernel.ts";

/** A function that uses one instruction of SIMD, and of relaxed SIMD where that is asked for. */
const probe = /* @__PURE__ */ kernel<"probe">("probe", (module) => {
  module.export("probe", 0, (f) => {
    f.storeV128(i32.const(0), f.multiplyAdd(f32x4.const(1), v128.zero, v128.zero));
  });
});

/** An engine may lack WebAssembly or the instruction, and a content-security policy may forbid to compile. */
const compiles = (relaxed: boolean): boolean => {
  try {
    new WebAssembly.Module(assemble(probe, { relaxed }));
    return true;
  } catch {
    return false;
  }
};

/** Whether this engine compiles WebAssembly with 128-bit SIMD. */
export const hasSimd = (): boolean => compiles(false);

/** Whether this engine compiles relaxed SIMD (fused multiply-add). */
export const hasRelaxedSimd = (): boolean => compiles(true);

/**
 * Asks an engine that has relaxed SIMD only behind a flag to switch it on (Node 20, from 20.16), which works as long as
 * it comes before the module that uses it. An engine that has it is not asked: newer ones warn of a flag they forgot.
 */
export const enableRelaxedSimd = (): boolean => {
  if (hasRelaxedSimd()) return true;
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const v8 = process?.getBuiltinModule?.("v8") as { setFlagsFromString?: (flag: string) => void } | undefined;
  v8?.setFlagsFromString?.("--experimental-wasm-relaxed-simd");
  return hasRelaxedSimd();
};
