import { type Link, link } from "../tensor/interpret/backend.ts";
import type { ThreadPool } from "../tensor/interpret/threadPool.ts";
import { type Division, divide } from "../wasm/assembler/division.ts";
import type { Kernel, KernelFunctions } from "../wasm/assembler/kernel.ts";
import { type MatmulProblem, matmul, matmulWorkspaceBytes } from "../wasm/matmul/matmulKernel.ts";
import { matmulByLists, mostListBytes, productWorkspaceBytes, skipsZeros } from "../wasm/matmul/matmulZeros.ts";
import { leastMultiplications, matmulParts } from "./matmulParts.ts";
import type { WorkerPool } from "./workerPool.ts";

type KernelFunction = (...args: number[]) => number;

/** The work of a pool: functions of kernels that divide themselves, and jobs whose pieces are many calls. */
export class SharedWork implements ThreadPool {
  readonly pool: WorkerPool;
  /** For the functions that `register` returned: those that write the call down as part of a piece instead of computing. */
  readonly #recorders = new Map<KernelFunctions<string>, KernelFunctions<string>>();

  constructor(pool: WorkerPool) {
    this.pool = pool;
  }

  register(generator: Kernel, bytes: Uint8Array, functions: KernelFunctions<string>): KernelFunctions<string> {
    const { pool } = this;
    const number = pool.register(bytes, functions);
    const divisions = generator.divisions();
    const dividing: Record<string, KernelFunction> = {};
    const recorders: Record<string, KernelFunction> = {};
    for (const [position, name] of Object.keys(functions).entries()) {
      const division = divisions[name];
      const whole = functions[name];
      dividing[name] = division ? divided(pool, number, position, whole, [division].flat()) : whole;
      recorders[name] = (...args) => {
        pool.call(number, position, args);
        return 0;
      };
    }
    this.#recorders.set(dividing, recorders);
    return dividing;
  }

  /**
   * Runs pieces that do not depend on each other, on all threads that there are. A piece calls kernels through the link
   * that it is given, and does nothing else that matters: its calls are only written down at first, so what they return
   * means nothing.
   */
  parallel(count: number, piece: (index: number, link: Link) => void): void {
    if (count < 2) {
      for (let index = 0; index < count; index++) piece(index, link);
      return;
    }
    const record = ((generator: Kernel) => this.#recorders.get(link(generator))) as Link;
    this.pool.begin();
    for (let index = 0; index < count; index++) {
      this.pool.piece();
      piece(index, record);
    }
    this.pool.run();
  }

  multiply(problems: readonly MatmulProblem[], workspace: (bytes: number) => number): void {
    if (problems.length === 0) return;
    const { threads } = this.pool;
    const { m, n, k } = problems[0];
    const worth = Math.floor((problems.length * m * n * k) / leastMultiplications);
    const pieces = Math.min(2 * threads, problems.length, worth);
    if (problems.length === 1 || (pieces === problems.length && pieces < threads)) {
      for (const problem of problems) this.#multiplyTogether(problem, workspace);
      return;
    }
    const count = Math.max(pieces, 1);
    const each = Math.ceil(problems.length / count);
    const rooms = Array.from({ length: count }, () => workspace(productWorkspaceBytes(problems[0])));
    const methods = problems.map((problem) => method(problem, rooms[0]));
    this.parallel(count, (index, link) => {
      const end = Math.min((index + 1) * each, problems.length);
      for (let at = index * each; at < end; at++) methods[at](link, problems[at], rooms[index]);
    });
  }

  /** One product on all threads. */
  #multiplyTogether(problem: MatmulProblem, workspace: (bytes: number) => number): void {
    const multiply = method(problem, workspace(productWorkspaceBytes(problem)));
    const isDense = multiply === matmul;
    const parts = matmulParts(problem, this.pool.threads, isDense);
    // A workspace for each of them: they run at the same time.
    const rooms = parts.map((part) => workspace(isDense ? matmulWorkspaceBytes(part) : mostListBytes));
    this.parallel(parts.length, (index, link) => multiply(link, parts[index], rooms[index]));
  }
}

/** How to compute a product. What its operands hold must be read before its pieces are written down. */
const method = (problem: MatmulProblem, room: number): typeof matmul =>
  skipsZeros(link, problem, room) ? matmulByLists : matmul;

/** A function that runs in pieces where there is enough to do. */
const divided =
  (
    pool: WorkerPool,
    kernel: number,
    position: number,
    whole: KernelFunction,
    divisions: readonly Division[],
  ): KernelFunction =>
  (...args) => {
    for (const division of divisions) {
      const calls = divide(division, args, pool.threads);
      if (calls === undefined) continue;
      pool.begin();
      for (const call of calls) {
        pool.piece();
        pool.call(kernel, position, call);
      }
      pool.run();
      return 0;
    }
    return whole(...args);
  };
