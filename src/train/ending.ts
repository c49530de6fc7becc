import { pacer } from "./nextTask.ts";

/** Thrown where training waits, or does longer work, and is to stop. */
export const halted: unique symbol = Symbol("halted");

/** Whether a run is to end, and how what waits or takes long hears of it. */
export class Ending {
  readonly #signal: AbortSignal | undefined;
  readonly #pacer: ReturnType<typeof pacer> = pacer();
  #isStopped = false;
  #isUrgent = false;
  #isValidating = false;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** After the running step; `atOnce` also ends a validation where it is. */
  stop(atOnce: boolean): void {
    this.#isStopped = true;
    this.#isUrgent ||= atOnce;
    if (this.#isDue) this.#wake();
  }

  /** What waits is to look whether the run was aborted. */
  wake(): void {
    this.#wake();
  }

  /** Waits for a promise, unless the run ends meanwhile. */
  readonly wait = <T>(promise: PromiseLike<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      this.#wake = () => reject(halted);
      if (this.#isDue) this.#wake();
      promise.then(resolve, reject);
    });

  /** Between two pieces of longer work: lets the event loop run when it is time, and ends the work where the run is to end. */
  readonly between = async (): Promise<void> => {
    await this.breathe();
    this.#signal?.throwIfAborted();
    if (this.#isDue) throw halted;
  };

  /** Lets the event loop run when it is time; undefined when it is not, because to await nothing takes time too. */
  breathe(): Promise<void> | undefined {
    return this.#pacer.isDue() ? this.#pacer.pause() : undefined;
  }

  /** Runs a validation, which is finished once it has begun unless its end is urgent. */
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
