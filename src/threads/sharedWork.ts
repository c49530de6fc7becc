import { type Link, link } from "../tensor/backend.ts";
import type { Team } from "../tensor/team.ts";
import { type Division, divide } from "../wasm/division.ts";
import type { Kernel, KernelFunctions } from "../wasm/kernel.ts";
import { type MatmulProblem, matmul, matmulWorkspaceBytes } from "../wasm/matmulKernel.ts";
import type { Crew } from "./crew.ts";
import { leastMultiplications, matmulParts } from "./matmulParts.ts";

type KernelFunction = (...args: number[]) => number;

/** What a crew is given to do: functions of kernels that divide themselves, and jobs whose pieces are many calls. */
export class SharedWork implements Team {
  readonly crew: Crew;
  /** For the functions that `adopt` gave: those that write the call down as part of a piece instead of computing. */
  readonly #recorders = new Map<KernelFunctions<string>, KernelFunctions<string>>();

  constructor(crew: Crew) {
    this.crew = crew;
  }

  adopt(generator: Kernel, bytes: Uint8Array, functions: KernelFunctions<string>): KernelFunctions<string> {
    const { crew } = this;
    const number = crew.adopt(bytes, functions);
    const divisions = generator.divisions();
    const dividing: Record<string, KernelFunction> = {};
    const recorders: Record<string, KernelFunction> = {};
    for (const [position, name] of Object.keys(functions).entries()) {
      const division = divisions[name];
      const whole = functions[name];
      dividing[name] = division ? divided(crew, number, position, whole, [division].flat()) : whole;
      recorders[name] = (...args) => {
        crew.call(number, position, args);
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
    this.crew.begin();
    for (let index = 0; index < count; index++) {
      this.crew.piece();
      piece(index, record);
    }
    this.crew.run();
  }

  multiply(problems: readonly MatmulProblem[], workspace: (bytes: number) => number): void {
    if (problems.length === 0) return;
    const { threads } = this.crew;
    const { m, n, k } = problems[0];
    const worth = Math.floor((problems.length * m * n * k) / leastMultiplications);
    const pieces = Math.min(2 * threads, problems.length, worth);
    if (problems.length === 1 || (pieces === problems.length && pieces < threads)) {
      for (const problem of problems) this.#multiplyTogether(problem, workspace);
      return;
    }
    const count = Math.max(pieces, 1);
    const each = Math.ceil(problems.length / count);
    const rooms = Array.from({ length: count }, () => workspace(matmulWorkspaceBytes(problems[0])));
    this.parallel(count, (index, link) => {
      for (const problem of problems.slice(index * each, (index + 1) * each)) matmul(link, problem, rooms[index]);
    });
  }

  /** One product on all threads. */
  #multiplyTogether(problem: MatmulProblem, workspace: (bytes: number) => number): void {
    const parts = matmulParts(problem, this.crew.threads);
    // Room for packing for each of them: they run at the same time.
    const rooms = parts.map((part) => workspace(matmulWorkspaceBytes(part)));
    this.parallel(parts.length, (index, link) => matmul(link, parts[index], rooms[index]));
  }
}

/** A function that runs in pieces where there is enough to do. */
const divided =
  (
    crew: Crew,
    kernel: number,
    position: number,
    whole: KernelFunction,
    divisions: readonly Division[],
  ): KernelFunction =>
  (...args) => {
    for (const division of divisions) {
      const calls = divide(division, args, crew.threads);
      if (calls === undefined) continue;
      crew.begin();
      for (const call of calls) {
        crew.piece();
        crew.call(kernel, position, call);
      }
      crew.run();
      return 0;
    }
    return whole(...args);
  };
