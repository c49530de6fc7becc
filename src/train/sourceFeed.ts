import { type Batches, type BatchSource, checkBatch, isBatchSource, type Pass, passOver } from "../data/batchSource.ts";
import type { Batch } from "../data/minibatches.ts";
import { crc32 } from "../io/crc.ts";
import { ValueError } from "../tensor/errors.ts";
import type { Feed, FeedStart } from "./feed.ts";
import type { EpochCut } from "./position.ts";

/** How batches are taken from a source. */
export interface SourceFeedOptions {
  /** First words of errors: `fit`. */
  readonly operation: string;
  /** What the source is of: `training`. */
  readonly what: string;
  /** How many batches make an epoch. Default: all. */
  readonly stepsPerEpoch?: number;
  /** How many batches were taken already of what epochs share. */
  readonly passed?: number;
  /** Waits for a promise, unless training ends meanwhile. */
  readonly wait: <T>(promise: PromiseLike<T>) => Promise<T>;
  /** Awaited between two batches that are only gone over: there may be many of them. */
  readonly between?: () => Promise<void>;
}

/**
 * The batches of a source. A function gives them for every epoch anew. What is iterated over itself is gone through once in
 * each epoch; with `stepsPerEpoch`, the epochs share one pass, and the next begins where that one ends between two epochs.
 */
export class SourceFeed implements Feed {
  readonly count: number | undefined;
  readonly cut: EpochCut;
  readonly #source: BatchSource;
  readonly #options: SourceFeedOptions;
  #pass: Pass | undefined;
  #epoch = 0;
  /** Of the pass: batches taken before the epoch, and in it. */
  #passed: number;
  #given = 0;
  #first: Batch | undefined;
  #last: Batch | undefined;
  /** A batch that was looked at, and is still to be given. */
  #peeked: Batch | undefined;
  /** Whether a batch was asked for and has not come: a generator cannot be ended then. */
  #isPending = false;
  /** An iterator that ran to its end or was ended; a generator gives the same again. */
  #finished: unknown;

  constructor(source: BatchSource, options: SourceFeedOptions) {
    this.#source = source;
    this.#options = options;
    this.count = options.stepsPerEpoch;
    this.cut = this.count === undefined ? {} : { stepsPerEpoch: this.count };
    this.#passed = options.passed ?? 0;
  }

  get passed(): number {
    return this.#passed;
  }

  async begin({ epoch, batch }: FeedStart): Promise<void> {
    if (this.#peeked) return;
    const isShared = this.#isShared;
    const isRunning = isShared && this.#pass !== undefined;
    this.#epoch = epoch;
    this.#given = 0;
    if (isRunning) return;
    const before = isShared ? this.#passed : 0;
    this.#open();
    await this.#skip(before + batch, batch);
  }

  complete(): void {
    if (this.#isShared) this.#passed += this.#given;
    this.#given = 0;
  }

  /** The first batch of the epoch that begins, which `next` gives again. */
  async peek(start: FeedStart): Promise<Batch | undefined> {
    await this.begin(start);
    this.#peeked = await this.next();
    return this.#peeked;
  }

  async next(): Promise<Batch | undefined> {
    if (this.#peeked) {
      const batch = this.#peeked;
      this.#peeked = undefined;
      return batch;
    }
    const { stepsPerEpoch } = this.#options;
    if (stepsPerEpoch !== undefined && this.#given === stepsPerEpoch) {
      if (!this.#isShared) await this.close();
      return undefined;
    }
    let batch = await this.#pull();
    if (!batch && this.#given === 0 && this.#passed > 0) {
      // The pass that epochs share ended between two of them.
      this.#passed = 0;
      this.#open();
      batch = await this.#pull();
    }
    if (batch) return batch;
    if (this.#given === 0)
      throw this.#error("must give a batch in every epoch", "none", "Look at where it takes them from.");
    if (stepsPerEpoch !== undefined) {
      throw this.#error(
        `must give the ${stepsPerEpoch} batches of stepsPerEpoch`,
        `${this.#given}`,
        "Lower stepsPerEpoch, or leave it out to take what there is.",
      );
    }
    return undefined;
  }

  checksum(): number | undefined {
    if (!this.#last) return undefined;
    const { x, y, weights } = this.#last;
    let sum = 0;
    for (const one of [x, y, weights]) {
      if (!one) continue;
      const { buffer, byteOffset, byteLength } = one.storage.view();
      // In turn, so that the order counts.
      sum = Math.imul(sum, 31) ^ crc32(new Uint8Array(buffer, byteOffset, byteLength));
    }
    return sum >>> 0;
  }

  async close(): Promise<void> {
    const { iterator } = this.#pass ?? {};
    this.#pass = undefined;
    this.#peeked = undefined;
    if (!iterator) return;
    this.#finished = iterator;
    const closing = iterator.return?.();
    // One that waits would answer only after what it waits for, which may never come.
    if (this.#isPending) Promise.resolve(closing).catch(() => undefined);
    else await closing;
  }

  /** Whether epochs take their batches from one pass. */
  get #isShared(): boolean {
    return this.#options.stepsPerEpoch !== undefined && typeof this.#source !== "function";
  }

  #open(): void {
    const batches: Batches = typeof this.#source === "function" ? this.#source(this.#epoch) : this.#source;
    if (typeof batches === "function" || !isBatchSource(batches)) {
      const { operation, what } = this.#options;
      throw new ValueError(
        `${operation}: the function of the ${what} data must return what can be iterated over, got ` +
          `${(batches as unknown) instanceof Promise ? "a promise" : typeof batches}. Return a generator or a list of batches.`,
      );
    }
    const pass = passOver(batches);
    if (pass.iterator === this.#finished) {
      throw this.#error(
        "must give batches in every epoch",
        "one that is used up, as a generator is after one pass",
        "Pass a function that makes a new one for each epoch: () => batches().",
      );
    }
    this.#pass = pass;
  }

  /** The next batch of the pass; undefined at its end. */
  async #pull(): Promise<Batch | undefined> {
    const { iterator } = this.#pass ?? {};
    if (!iterator) return undefined;
    let result: IteratorResult<Batch>;
    try {
      const coming = iterator.next();
      result = isPromise(coming) ? await this.#options.wait(this.#settled(coming)) : coming;
    } catch (error) {
      // An iterator that throws has ended.
      if (!this.#isPending) this.#pass = undefined;
      throw error;
    }
    if (result.done) {
      this.#pass = undefined;
      this.#finished = iterator;
      return undefined;
    }
    const { operation, what } = this.#options;
    const batch = result.value;
    checkBatch(`${operation}: batch ${this.#given + 1} of the ${what} data`, batch, this.#first);
    this.#first ??= batch;
    this.#last = batch;
    this.#given++;
    return batch;
  }

  async #settled<T>(coming: PromiseLike<T>): Promise<T> {
    this.#isPending = true;
    try {
      return await coming;
    } finally {
      this.#isPending = false;
    }
  }

  /** Goes over batches that are done. */
  async #skip(count: number, inEpoch: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const batch = await this.#pull();
      await this.#options.between?.();
      if (batch) continue;
      throw this.#error(
        `must give the ${count} batches again that were done before the run stopped`,
        String(index),
        "Pass the source that the run began with, or { history: new History(history.epochs) } to begin the epoch anew.",
      );
    }
    this.#given = inEpoch;
  }

  #error(rule: string, got: string, fix: string): ValueError {
    const { operation, what } = this.#options;
    return new ValueError(
      `${operation}: the source of the ${what} data ${rule}, got ${got} in epoch ${this.#epoch + 1}. ${fix}`,
    );
  }
}

const isPromise = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
