import { startWorker } from "#platform";
import { GradusError } from "../tensor/errors.ts";
import { program } from "./program.ts";

/** A worker that has answered. */
export interface Member {
  /** Gives it the memory, with which its work begins. */
  readonly begin: (memory: WebAssembly.Memory) => void;
  readonly end: () => void;
}

/** A worker that has not answered after so many milliseconds is given up. */
const startTimeout = 10_000;

/**
 * Starts a worker on a mailbox. The promise rejects when none can be started; what happens to the worker afterwards is
 * told to `lost`.
 */
export const startMember = (
  mailbox: SharedArrayBuffer,
  report: number,
  lost: (reason: string) => void,
): Promise<Member> =>
  new Promise((resolve, reject) => {
    let hasAnswered = false;
    const refuse = (reason: string): void => {
      clearTimeout(timer);
      reject(new GradusError(`threads: a worker must start, got ${reason}.`));
    };
    const worker = startWorker(program, {
      received: () => {
        hasAnswered = true;
        clearTimeout(timer);
        resolve({ begin: (memory) => worker.send({ memory }), end: worker.end });
      },
      ended: (reason) => (hasAnswered ? lost(reason) : refuse(reason)),
    });
    const timer = setTimeout(() => {
      worker.end();
      refuse(`no answer within ${startTimeout / 1000} s`);
    }, startTimeout);
    worker.send({ mailbox, report });
  });
