import { ValueError } from "../base/errors.ts";
import { availableBackends, relink } from "../tensor/interpret/backend.ts";
import { setThreadPool } from "../tensor/interpret/threadPool.ts";
import { heap } from "../tensor/memory/heap.ts";
import { currentStep } from "../tensor/memory/step.ts";
import { mostWorkers, reportsAt, reportWords } from "./mailbox.ts";
import { SharedWork } from "./sharedWork.ts";
import { type PoolWorker, startPoolWorker } from "./worker.ts";
import { WorkerPool } from "./workerPool.ts";

/** How many threads compute. */
export interface Threads {
  /** How many threads compute. */
  readonly threads: number;
  /** Why there are fewer than `setThreads` was asked for. */
  readonly reason?: string;
}

/** The most threads that can be asked for. */
const mostThreads: number = mostWorkers + 1;

let status: Threads = { threads: 1 };
/** Stops the workers that run. */
let stopWorkers: () => void = () => undefined;
/** The work of the last call: calls take their turn. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * The number of threads that compute, and why it is smaller than `setThreads` was asked for, if it is.
 * @example
 * getThreads(); // { threads: 1 }
 */
export const getThreads = (): Threads => status;

/**
 * Lets `count` threads compute: this one, and workers that share its memory. Matrix products and other large operations
 * are divided among them and give the same bits with any number of threads. It may be called at any time between steps:
 * variables, optimizers and tensors stay as they are. Workers sleep when there is nothing to do and keep no process alive;
 * `setThreads(1)` ends them. As many threads as the machine has cores are useful.
 *
 * A page must be cross-origin isolated (the headers `Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`), and its policy, if it has one, must allow `worker-src blob:`.
 * @param count From 1 to 64.
 * @returns The number of threads obtained, which is 1 where there is no shared memory or no worker;
 * `getThreads().reason` then says why.
 * @throws ValueError (the promise rejects) for another count, and within a step.
 * @example
 * await setThreads(2); // 2
 * await setThreads(1); // 1
 */
export const setThreads = async (count: number): Promise<number> => {
  if (!Number.isInteger(count) || count < 1 || count > mostThreads) {
    throw new ValueError(
      `setThreads: the number of threads must be a whole number from 1 to ${mostThreads}, got ${String(count)}. ` +
        "Take the number of cores.",
    );
  }
  if (currentStep()) {
    throw new ValueError(
      "setThreads: the number of threads can change between steps only, got a call inside a step. Call it before the step.",
    );
  }
  const change = turn.then(() => changeTo(count));
  turn = change.catch(() => undefined);
  return await change;
};

const changeTo = async (count: number): Promise<number> => {
  if (count !== status.threads) {
    stopWorkers();
    status = { threads: 1 };
    const { workers, reason } = count > 1 ? await startWorkers(count - 1) : { workers: 0 };
    status = workers < count - 1 ? { threads: 1 + workers, reason } : { threads: count };
  } else status = { threads: count };
  return status.threads;
};

/** Starts workers and, when they have answered, moves the memory to where they can reach it. */
const startWorkers = async (count: number): Promise<{ readonly workers: number; readonly reason?: string }> => {
  const obstacle = obstacleOf();
  if (obstacle !== undefined) return { workers: 0, reason: obstacle };
  const workers = new Map<number, PoolWorker>();
  const lost = (index: number, reason: string): void => {
    workers.get(index)?.stop();
    if (!workers.delete(index)) return;
    pool.workers = workers.size;
    status = { threads: 1 + workers.size, reason };
    if (workers.size === 0) stopWorkers();
  };
  const pool = new WorkerPool(lost);
  const starts = Array.from({ length: count }, async (_, index): Promise<string | undefined> => {
    try {
      const report = reportsAt + index * reportWords;
      workers.set(index, await startPoolWorker(pool.mailbox, report, (reason) => lost(index, reason)));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  });
  const reason = (await Promise.all(starts)).find((obstacle) => obstacle !== undefined);
  stopWorkers = () => {
    stopWorkers = () => undefined;
    setThreadPool(undefined);
    relink();
    pool.stop();
    for (const { stop } of workers.values()) stop();
    workers.clear();
  };
  try {
    if (workers.size > 0) heap().share();
  } catch (error) {
    stopWorkers();
    return { workers: 0, reason: `no shared memory: ${messageOf(error)}` };
  }
  if (workers.size === 0) return { workers: 0, reason };
  for (const { start } of workers.values()) start(heap().memory!);
  pool.workers = workers.size;
  setThreadPool(new SharedWork(pool));
  relink();
  return { workers: workers.size, reason };
};

/** Why there can be no threads here, whatever workers do. */
const obstacleOf = (): string | undefined => {
  if (availableBackends().length === 1) return "this engine, or this page's policy, has no WebAssembly SIMD";
  // Only pages and their workers know the word.
  if (globalThis.crossOriginIsolated === false) {
    return (
      "the page is not cross-origin isolated. Serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"
    );
  }
  return typeof SharedArrayBuffer === "undefined" ? "this engine has no SharedArrayBuffer" : undefined;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
