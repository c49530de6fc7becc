import { pacer } from "../batches/nextTask.ts";

/** Thrown to leave a wait, or a longer piece of work, when training is to stop. */
export const stopRequested: unique symbol = Symbol("stopRequested");

/** Tells a run to stop, and wakes what it waits for. */
export class StopSignal {
  readonly #signal: AbortSignal | undefined;
  readonly #pacer: ReturnType<typeof pacer> = pacer();
  #isStopped = false;
  #isUrgent = false;
  #isValidating = false;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Stops after the running step; `atOnce` also stops a validation. */
  stop(atOnce: boolean): void {
    this.#isStopped = true;
    this.#isUrgent ||= atOnce;
    if (this.#isDue) this.#wake();
  }

  /** Lets a pending wait notice that the run was aborted. */
  wake(): void {
    this.#wake();
  }

  /** Waits for a promise, unless the run is stopped first. */
  readonly wait = <T>(promise: PromiseLike<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      this.#wake = () => reject(stopRequested);
      if (this.#isDue) this.#wake();
      promise.then(resolve, reject);
    });

  /** Called between two pieces of longer work: yields to the event loop when it is time, and throws when the run is to stop. */
  readonly between = async (): Promise<void> => {
    await this.yieldToEventLoop();
    this.#signal?.throwIfAborted();
    if (this.#isDue) throw stopRequested;
  };

  /** Lets the event loop run when it is time; undefined when it is not, because even `await undefined` takes time. */
  yieldToEventLoop(): Promise<void> | undefined {
    return this.#pacer.isDue() ? this.#pacer.pause() : undefined;
  }

  /** Runs a validation, which finishes once it has begun, unless the stop is urgent. */
  async whileValidating<T>(validate: () => Promise<T>): Promise<T> {
    this.#isValidating = true;
    try {
      return await validate();
    } finally {
      this.#isValidating = false;
    }
  }

  get #isDue(): boolean {
    return this.#signal?.aborted === true || (this.#isStopped && (!this.#isValidating || this.#isUrgent));
  }
}
