import type { Kernel, KernelFunctions } from "../wasm/kernel.ts";
import type { MatmulProblem } from "../wasm/matmulKernel.ts";

/**
 * Threads that work on the one memory together. Here is only what the tensors know of them; `src/threads` implements it,
 * so that programs with one thread need not carry it.
 */
export interface Team {
  /**
   * Makes a kernel known to all threads. Gives its functions again, which divide their work where there is enough of it
   * (`src/wasm/division.ts`).
   */
  readonly adopt: (generator: Kernel, bytes: Uint8Array, functions: KernelFunctions<string>) => KernelFunctions<string>;
  /** Computes products of one size: some on each thread, or where there are few, each of them on all threads. */
  readonly multiply: (problems: readonly MatmulProblem[], workspace: (bytes: number) => number) => void;
}

let current: Team | undefined;

/** The threads that help, if any do. */
export const team = (): Team | undefined => current;

/** Kernels must be bound again afterwards. */
export const setTeam = (next: Team | undefined): void => {
  current = next;
};
