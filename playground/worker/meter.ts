/** How many of the last steps the median is of. */
const window = 101;
/** Over how many milliseconds the throughput is measured. */
const span = 1000;

/** Measures steps: how long one takes, and how many examples are seen in a second. */
export class Meter {
  #times: number[] = [];
  #seen: { readonly at: number; readonly examples: number }[] = [];

  add(milliseconds: number, examples: number, at: number): void {
    this.#times.push(milliseconds);
    if (this.#times.length > window) this.#times.shift();
    const last = this.#seen.at(-1);
    // Fast steps are added up: the list stays short.
    if (last && at - last.at < 20)
      this.#seen[this.#seen.length - 1] = { at: last.at, examples: last.examples + examples };
    else this.#seen.push({ at, examples });
    while (this.#seen[0].at < at - span) this.#seen.shift();
  }

  /** After a pause, throughput begins anew. */
  rest(): void {
    this.#seen = [];
  }

  /** The median of the last steps: it does not mind that now and then a step is interrupted. */
  get stepTime(): number | undefined {
    return this.#times.toSorted((a, b) => a - b)[this.#times.length >> 1];
  }

  /** Undefined until there is a tenth of a second to judge by. */
  get examplesPerSecond(): number | undefined {
    const [first, ...rest] = this.#seen;
    const last = rest.at(-1);
    if (!last || last.at - first.at < span / 10) return undefined;
    return (rest.reduce((sum, { examples }) => sum + examples, 0) / (last.at - first.at)) * 1000;
  }
}
