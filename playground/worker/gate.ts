/** Holds training, or lets it through at the pace that a user wants. Training passes it before every step. */
export class Gate {
  #open = false;
  /** The number of steps that may pass while it is closed. */
  #single = 0;
  #interval = 0;
  /** The time of the next step, if there is a pace. */
  #due = 0;
  #wake: () => void = () => undefined;

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
    this.#wake();
  }

  close(): void {
    this.#open = false;
    this.#single = 0;
    this.#wake();
  }

  /** Lets one step through. */
  step(): void {
    this.#open = false;
    this.#single++;
    this.#wake();
  }

  /** Limits the steps per second; undefined: no limit. */
  pace(perSecond: number | undefined): void {
    this.#interval = perSecond === undefined ? 0 : 1000 / perSecond;
    this.#due = 0;
    this.#wake();
  }

  /**
   * Resolves when a step may be done; undefined if training need not wait.
   * @param held Called when training waits because the gate is closed.
   * @throws The reason of the signal.
   */
  pass(signal: AbortSignal, held: () => void): Promise<void> | undefined {
    if (this.#open && this.#interval === 0) return undefined;
    return this.#wait(signal, held);
  }

  async #wait(signal: AbortSignal, held: () => void): Promise<void> {
    let isReported = false;
    for (;;) {
      signal.throwIfAborted();
      if (this.#single > 0) {
        this.#single--;
        return;
      }
      if (this.#open) {
        const now = performance.now();
        if (now >= this.#due) {
          // Missed steps are not made up for, beyond the inaccuracy of timers.
          this.#due = Math.max(this.#due + this.#interval, now - 20);
          return;
        }
        await this.#woken(signal, this.#due - now);
      } else {
        if (!isReported) held();
        isReported = true;
        await this.#woken(signal);
      }
    }
  }

  /** Resolves when the state of the gate changes, the signal is aborted, or the time is over. */
  #woken(signal: AbortSignal, milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(() => wake(), milliseconds);
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener("abort", wake);
    });
  }
}
