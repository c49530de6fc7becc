/** The number of steps in the median. */
const window = 101;
/** The time over which the throughput is measured, in milliseconds. */
const span = 1000;

/** Measures the time of a step, and the number of examples per second. */
export class Meter {
  #times: number[] = [];
  #seen: { readonly at: number; readonly examples: number }[] = [];

  add(milliseconds: number, examples: number, at: number): void {
    this.#times.push(milliseconds);
    if (this.#times.length > window) this.#times.shift();
    const last = this.#seen.at(-1);
    // Fast steps are added up, so that the list stays short.
    if (last && at - last.at < 20)
      this.#seen[this.#seen.length - 1] = { at: last.at, examples: last.examples + examples };
    else this.#seen.push({ at, examples });
    while (this.#seen[0].at < at - span) this.#seen.shift();
  }

  /** Forgets the throughput, because training pauses. */
  rest(): void {
    this.#seen = [];
  }

  /** The median of the last steps: a step that is interrupted now and then does not change it. */
  get stepTime(): number | undefined {
    return this.#times.toSorted((a, b) => a - b)[this.#times.length >> 1];
  }

  /** Undefined until a tenth of a second was measured. */
  get examplesPerSecond(): number | undefined {
    const [first, ...rest] = this.#seen;
    const last = rest.at(-1);
    if (!last || last.at - first.at < span / 10) return undefined;
    return (rest.reduce((sum, { examples }) => sum + examples, 0) / (last.at - first.at)) * 1000;
  }
}
