import type { KernelFunctions } from "../wasm/kernel.ts";

/**
 * Threads that work on the one memory together. A job is a list of pieces that do not depend on each other, a piece a
 * list of calls of kernels, written down first and then run, each piece by whichever thread takes it. Here is only what
 * the tensors know of them; `src/threads` implements it, so that programs with one thread need not carry it.
 */
export interface Team {
  /** How many threads there are, the calling one included. */
  readonly threads: number;
  /** Makes a kernel known to all threads; gives the number that calls name it by, or -1 where there is no room for it. */
  readonly adopt: (bytes: Uint8Array, functions: KernelFunctions<string>) => number;
  /** Begins to write down a job. */
  readonly begin: () => void;
  /** The calls that follow belong to a new piece. */
  readonly piece: () => void;
  /** Writes down a call of the function at a position among the kernel's exports. */
  readonly call: (kernel: number, position: number, args: readonly number[]) => void;
  /** Runs the job, and returns when all of it is done. */
  readonly run: () => void;
}

let current: Team | undefined;

/** The threads that help, if any do. */
export const team = (): Team | undefined => current;

/** Kernels must be bound again afterwards. */
export const setTeam = (next: Team | undefined): void => {
  current = next;
};
