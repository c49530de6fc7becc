import { GradusError } from "../base/errors.ts";
import type { KernelFunctions } from "../wasm/assembler/kernel.ts";
import {
  broken,
  callsAt,
  callsEnd,
  claimAt,
  doneAt,
  failuresAt,
  kernelsAt,
  mailboxWords,
  mostJobs,
  mostPieces,
  mostWorkers,
  reportsAt,
  reportWords,
  sleepersAt,
  startsAt,
  stop,
  waitingAt,
} from "./mailbox.ts";

type KernelFunction = (...args: number[]) => number;

const { pause } = Atomics as { pause?: () => void };

/** For how many milliseconds the calling thread spins for the last pieces before it sleeps, where it may. */
const spinFor = 0.1;
/** It waits for a piece that a worker took: these milliseconds, and this many times as long as it worked itself. */
const patience = 60_000;
const patienceFactor = 30;
/** The longest sleep at a time. A suspended machine's clock runs on; sleeps are counted instead. */
const longestSleep = 100;

/**
 * The calling thread's side of the mailbox: writes jobs down, takes pieces itself, waits for those that workers took. A job
 * is a list of pieces that do not depend on each other, a piece a list of calls of kernels, written down first and then run,
 * each piece by whichever thread takes it.
 */
export class WorkerPool {
  readonly mailbox: SharedArrayBuffer = new SharedArrayBuffer(4 * mailboxWords);
  readonly #words: Int32Array = new Int32Array(this.mailbox);
  readonly #kernels = new Map<number, readonly KernelFunction[]>();
  readonly #mayWait: boolean;
  readonly #lost: (worker: number, reason: string) => void;
  #workers = 0;
  #kernelEnd = kernelsAt;
  #job = 0;
  #pieces = 0;
  #end = callsAt;
  #failures = 0;

  readonly #patience: number;

  /** `lost` is called for workers that gave up. */
  constructor(lost: (worker: number, reason: string) => void, leastPatience: number = patience) {
    this.#patience = leastPatience;
    this.#lost = lost;
    this.#mayWait = mayWait(this.#words);
  }

  /** How many threads there are, the calling one included. */
  get threads(): number {
    return 1 + this.#workers;
  }

  /** Sets the number of workers. */
  set workers(count: number) {
    this.#workers = count;
  }

  /** Makes a kernel known to all threads; returns the number by which calls name it. */
  register(bytes: Uint8Array, functions: KernelFunctions<string>): number {
    const number = this.#kernelEnd;
    const length = 1 + Math.ceil(bytes.length / 4);
    if (number + length > mailboxWords) throw new Error("threads: the mailbox has no room for another kernel");
    this.#words[number] = bytes.length;
    new Uint8Array(this.mailbox).set(bytes, 4 * number + 4);
    this.#kernelEnd += length;
    this.#kernels.set(number, Object.values(functions));
    return number;
  }

  /** Begins to write down a job. */
  begin(): void {
    this.#pieces = 0;
    this.#end = callsAt;
  }

  /** The calls that follow belong to a new piece. */
  piece(): void {
    if (this.#pieces === mostPieces) this.run();
    this.#words[startsAt + this.#pieces++] = this.#end;
  }

  /** Writes down a call of the function at a position among the kernel's exports. */
  call(kernel: number, position: number, args: readonly number[]): void {
    if (this.#end + 3 + args.length > callsEnd) this.#runHere();
    const words = this.#words;
    let at = this.#end;
    words[at++] = kernel;
    words[at++] = position;
    words[at++] = args.length;
    for (let index = 0; index < args.length; index++) words[at++] = args[index];
    this.#end = at;
  }

  /** Runs the job, and returns when all of it is done. */
  run(): void {
    const words = this.#words;
    const pieces = this.#pieces;
    if (pieces === 0) return;
    words[startsAt + pieces] = this.#end;
    Atomics.store(words, doneAt, 0);
    this.#job = this.#job === mostJobs ? 0 : this.#job + 1;
    Atomics.store(words, claimAt, (this.#job << 16) | pieces);
    // A worker counts itself before it looks at the claim for the last time: either it sees the job, or it is seen.
    if (Atomics.load(words, sleepersAt) > 0) Atomics.notify(words, claimAt, pieces - 1);
    const began = performance.now();
    let done = 0;
    const failures: unknown[] = [];
    for (;;) {
      const seen = Atomics.load(words, claimAt);
      const next = (seen >> 8) & 255;
      if (next >= (seen & 255)) break;
      if (Atomics.compareExchange(words, claimAt, seen, seen + 256) !== seen) continue;
      try {
        this.#execute(next);
      } catch (cause) {
        failures.push(cause);
      }
      done++;
    }
    this.#await(pieces - done, this.#patience + patienceFactor * (performance.now() - began));
    this.begin();
    // Also when this thread failed itself: a report that stays would be taken for the next job's.
    if (Atomics.load(words, failuresAt) !== this.#failures) this.#readReports(failures);
    if (failures.length > 0) throw failures[0];
  }

  /** Ends the workers: those that work finish their piece. */
  stop(): void {
    Atomics.store(this.#words, claimAt, stop);
    Atomics.notify(this.#words, claimAt);
  }

  #execute(piece: number): void {
    const words = this.#words;
    const end = words[startsAt + piece + 1];
    for (let at = words[startsAt + piece]; at < end; ) {
      const call = this.#kernels.get(words[at])![words[at + 1]];
      const last = at + 3 + words[at + 2];
      const args: number[] = [];
      for (at += 3; at < last; at++) args.push(words[at]);
      call(...args);
    }
  }

  /** When the calls of a job are too many to write down: does what was written down, and makes room. */
  #runHere(): void {
    this.#words[startsAt + this.#pieces] = this.#end;
    for (let piece = 0; piece < this.#pieces; piece++) this.#execute(piece);
    this.#pieces = 1;
    this.#end = callsAt;
    this.#words[startsAt] = callsAt;
  }

  /** Waits until workers have finished this number of pieces. */
  #await(pieces: number, patienceLeft: number): void {
    const words = this.#words;
    if (Atomics.load(words, doneAt) === pieces) return;
    const spinUntil = performance.now() + (this.#mayWait ? spinFor : patienceLeft);
    for (let turn = 1; (turn & 63) !== 0 || performance.now() < spinUntil; turn++) {
      if (Atomics.load(words, doneAt) === pieces) return;
      pause?.();
    }
    Atomics.store(words, waitingAt, 1);
    let left = this.#mayWait ? patienceLeft : 0;
    for (;;) {
      const done = Atomics.load(words, doneAt);
      if (done === pieces) break;
      if (left <= 0) throw this.#unanswered();
      if (Atomics.wait(words, doneAt, done, longestSleep) === "timed-out") left -= longestSleep;
    }
    Atomics.store(words, waitingAt, 0);
  }

  #unanswered(): GradusError {
    const reason = "a worker took a piece of work and did not finish it";
    for (let worker = 0; worker < mostWorkers; worker++) this.#lost(worker, reason);
    return new GradusError(`threads: every piece must be finished, got none back: ${reason}. Call setThreads again.`);
  }

  /** Reads what workers said that gave up, and adds to the failures. Pieces that were not begun are done here. */
  #readReports(failures: unknown[]): void {
    const words = this.#words;
    for (let worker = 0; worker < mostWorkers; worker++) {
      const at = reportsAt + worker * reportWords;
      const kind = Atomics.load(words, at);
      if (kind === 0) continue;
      Atomics.store(words, at, 0);
      this.#failures++;
      const text = String.fromCharCode(...words.slice(at + 3, at + 3 + words[at + 2]));
      this.#lost(worker, text);
      try {
        if (kind === broken) {
          throw new GradusError(
            `threads: a worker must finish its piece, got ${text}. Call setThreads(1), and report this error.`,
          );
        }
        this.#execute(words[at + 1]);
      } catch (cause) {
        failures.push(cause);
      }
    }
  }
}

/** Whether this thread may sleep: a browser's main thread may not. */
const mayWait = (words: Int32Array): boolean => {
  try {
    Atomics.wait(words, claimAt, stop, 0);
    return true;
  } catch {
    return false;
  }
};
