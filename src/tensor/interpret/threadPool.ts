import type { Kernel, KernelFunctions } from "../../wasm/assembler/kernel.ts";
import type { MatmulProblem } from "../../wasm/matmul/matmulKernel.ts";

/**
 * Threads that work on one memory. This is the interface that tensors use; `src/threads` implements it, so that programs
 * with one thread do not contain it.
 */
export interface ThreadPool {
  /**
   * Makes a kernel known to all threads. Returns its functions, which now divide their work where there is enough of it
   * (`src/wasm/assembler/division.ts`).
   */
  readonly register: (
    generator: Kernel,
    bytes: Uint8Array,
    functions: KernelFunctions<string>,
  ) => KernelFunctions<string>;
  /** Computes products of one size: some on each thread, or where there are few, each of them on all threads. */
  readonly multiply: (problems: readonly MatmulProblem[], workspace: (bytes: number) => number) => void;
}

let current: ThreadPool | undefined;

/** The other threads; undefined where the calling thread computes alone. */
export const threadPool = (): ThreadPool | undefined => current;

/** Kernels must be bound again afterwards. */
export const setThreadPool = (next: ThreadPool | undefined): void => {
  current = next;
};
