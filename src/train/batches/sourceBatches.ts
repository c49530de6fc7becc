import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import {
  type Batches,
  type BatchSource,
  checkBatch,
  isBatchSource,
  type Pass,
  passOver,
} from "../../data/batchSource.ts";
import type { AnyBatch } from "../../data/minibatches.ts";
import { listTensors } from "../../data/tensorOrNamed.ts";
import { crc32 } from "../../io/formats/crc.ts";
import type { BatchIterator, EpochStart } from "./batchIterator.ts";
import type { EpochCut } from "./position.ts";

/** How batches are taken from a source. */
export interface SourceBatchesOptions {
  /** First words of errors: `fit`. */
  readonly operation: string;
  /** Which data the source holds: `training`. */
  readonly what: string;
  /** How many batches make an epoch. Default: all. */
  readonly stepsPerEpoch?: number;
  /** How many batches of a pass that epochs share belong to earlier epochs. */
  readonly skipped?: number;
  /** Waits for a promise, unless training is stopped first. */
  readonly wait: <T>(promise: PromiseLike<T>) => Promise<T>;
  /** Awaited between two skipped batches: there may be many of them. */
  readonly between?: () => Promise<void>;
}

/**
 * The batches of a source. A function is called for the batches of every epoch. An iterable is iterated once in each epoch;
 * with `stepsPerEpoch`, the epochs share one pass, and the next pass begins when one ends between two epochs.
 */
export class SourceBatches implements BatchIterator {
  readonly count: number | undefined;
  readonly batching: EpochCut;
  readonly #source: BatchSource;
  readonly #options: SourceBatchesOptions;
  #pass: Pass | undefined;
  #epoch = 0;
  /** Batches taken from the pass before the epoch. */
  #skipped: number;
  /** Batches taken in the epoch. */
  #taken = 0;
  #first: AnyBatch | undefined;
  #last: AnyBatch | undefined;
  /** A batch that was peeked at, which `next` returns. */
  #peeked: AnyBatch | undefined;
  /** Whether a batch is pending: a generator cannot be closed then. */
  #isPending = false;
  /** An iterator that is at its end or was closed; a generator returns the same iterator again. */
  #finished: unknown;

  constructor(source: BatchSource, options: SourceBatchesOptions) {
    this.#source = source;
    this.#options = options;
    this.count = options.stepsPerEpoch;
    this.batching = this.count === undefined ? {} : { stepsPerEpoch: this.count };
    this.#skipped = options.skipped ?? 0;
  }

  get skipped(): number {
    return this.#skipped;
  }

  async begin({ epoch, batch }: EpochStart): Promise<void> {
    if (this.#peeked) return;
    const isShared = this.#isShared;
    const isRunning = isShared && this.#pass !== undefined;
    this.#epoch = epoch;
    this.#taken = 0;
    if (isRunning) return;
    const before = isShared ? this.#skipped : 0;
    this.#open();
    await this.#skip(before + batch, batch);
  }

  complete(): void {
    if (this.#isShared) this.#skipped += this.#taken;
    this.#taken = 0;
  }

  /** The first batch of the epoch, which `next` returns again. */
  async peek(start: EpochStart): Promise<AnyBatch | undefined> {
    await this.begin(start);
    this.#peeked = await this.next();
    return this.#peeked;
  }

  async next(): Promise<AnyBatch | undefined> {
    if (this.#peeked) {
      const batch = this.#peeked;
      this.#peeked = undefined;
      return batch;
    }
    const { stepsPerEpoch } = this.#options;
    if (stepsPerEpoch !== undefined && this.#taken === stepsPerEpoch) {
      if (!this.#isShared) await this.close();
      return undefined;
    }
    let batch = await this.#pull();
    if (!batch && this.#taken === 0 && this.#skipped > 0) {
      // The pass that epochs share ended between two of them.
      this.#skipped = 0;
      this.#open();
      batch = await this.#pull();
    }
    if (batch) return batch;
    if (this.#taken === 0)
      throw this.#error("must give a batch in every epoch", "none", "Look at where it takes them from.");
    if (stepsPerEpoch !== undefined) {
      throw this.#error(
        `must give the ${stepsPerEpoch} batches of stepsPerEpoch`,
        `${this.#taken}`,
        "Lower stepsPerEpoch, or leave it out to take what there is.",
      );
    }
    return undefined;
  }

  checksum(): number | undefined {
    if (!this.#last) return undefined;
    const { x, y, weights } = this.#last;
    let sum = 0;
    const tensors = [...listTensors("x", x), ...listTensors("y", y)].map(([, tensor]) => tensor);
    for (const tensor of weights ? [...tensors, weights] : tensors) {
      const { buffer, byteOffset, byteLength } = tensor.storage.view();
      // Multiplied in turn, so that the order counts.
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
          `${showValue(batches)}. Return a generator or a list of batches.`,
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
  async #pull(): Promise<AnyBatch | undefined> {
    const { iterator } = this.#pass ?? {};
    if (!iterator) return undefined;
    let result: IteratorResult<AnyBatch>;
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
    checkBatch(`${operation}: batch ${this.#taken + 1} of the ${what} data`, batch, this.#first);
    this.#first ??= batch;
    this.#last = batch;
    this.#taken++;
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

  /** Skips batches that are done. */
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
    this.#taken = inEpoch;
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
