/** Adds up the steps since the last point of the curves, within one epoch. */
export class Part {
  /** The examples of the epoch up to the last point and up to the last step, and how many of them the model read rightly. */
  #before: Standing = none;
  #now: Standing = none;
  /** The sum over these steps only: after a huge loss, the difference of two sums of the epoch would be 0. */
  #lossSum = 0;

  /** Starts an epoch. */
  begin(): void {
    this.#before = none;
    this.#now = none;
    this.#lossSum = 0;
  }

  /** @param now The progress of the epoch after a step with this loss. */
  add(loss: number, now: Standing): void {
    this.#lossSum += loss * (now.seen - this.#now.seen);
    this.#now = now;
  }

  /** Returns the means over its examples, and starts the next part; undefined if there was no step. */
  take(): { readonly loss: number; readonly accuracy: number } | undefined {
    const { seen, correct } = this.#before;
    const examples = this.#now.seen - seen;
    if (examples === 0) return undefined;
    const means = { loss: this.#lossSum / examples, accuracy: (this.#now.correct - correct) / examples };
    this.#before = this.#now;
    this.#lossSum = 0;
    return means;
  }
}

interface Standing {
  readonly seen: number;
  readonly correct: number;
}

const none: Standing = { seen: 0, correct: 0 };
