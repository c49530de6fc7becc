import { startWorker } from "#platform";
import { GradusError } from "../base/errors.ts";
import { workerProgram } from "./workerProgram.ts";

/** A worker that has answered. */
export interface PoolWorker {
  /** Sends the memory, with which its work starts. */
  readonly start: (memory: WebAssembly.Memory) => void;
  readonly stop: () => void;
}

/** A worker that has not answered after this number of milliseconds is stopped. */
const startTimeout = 10_000;

/**
 * Starts a worker on a mailbox. The promise rejects when none can be started; afterwards `lost` is
 * called when the worker ends.
 */
export const startPoolWorker = (
  mailbox: SharedArrayBuffer,
  report: number,
  lost: (reason: string) => void,
): Promise<PoolWorker> =>
  new Promise((resolve, reject) => {
    let hasAnswered = false;
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new GradusError(`threads: a worker must start, got ${reason}.`));
    };
    const worker = startWorker(workerProgram, {
      received: () => {
        hasAnswered = true;
        clearTimeout(timer);
        resolve({ start: (memory) => worker.send({ memory }), stop: worker.end });
      },
      ended: (reason) => (hasAnswered ? lost(reason) : fail(reason)),
    });
    const timer = setTimeout(() => {
      worker.end();
      fail(`no answer within ${startTimeout / 1000} s`);
    }, startTimeout);
    worker.send({ mailbox, report });
  });
