import { ValueError } from "../../base/errors.ts";
import type { AnyDataset } from "../../data/dataset.ts";
import { type AnyBatch, batchAt, batchBorders } from "../../data/minibatches.ts";
import { permutationInPieces } from "../../ops/random/permutation.ts";
import type { Random } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { BatchIterator, EpochStart } from "./batchIterator.ts";
import type { EpochCut } from "./position.ts";

/** How a data set is divided into batches. */
export interface DatasetBatchesOptions {
  readonly batchSize?: number;
  readonly remainder?: "keep" | "drop";
  readonly shuffle?: boolean;
  /** The stream from which orders are drawn. */
  readonly random: Random;
  /** Awaited between two pieces of an order: drawing a million numbers takes some hundred milliseconds. */
  readonly between: () => Promise<void>;
}

/** The batches of a data set: every epoch has all examples, each epoch in another order. */
export class DatasetBatches implements BatchIterator {
  readonly count: number;
  readonly skipped = 0;
  readonly #data: AnyDataset;
  readonly #options: DatasetBatchesOptions;
  readonly #borders: readonly number[];
  #order: Tensor | undefined;
  /** The number of the next batch. */
  #next = 0;
  /** The last batch, if its arrays may be written to. */
  #used: AnyBatch | undefined;

  constructor(data: AnyDataset, options: DatasetBatchesOptions) {
    this.#data = data;
    this.#options = options;
    this.#borders = batchBorders("fit", data.size, options);
    this.count = this.#borders.length - 1;
    if (this.count === 0) {
      throw new ValueError(
        `fit: an epoch must have a batch, got none of ${data.size} examples with batchSize ${options.batchSize} and remainder "drop". ` +
          "Lower batchSize, or leave out remainder.",
      );
    }
  }

  get batching(): EpochCut {
    const { batchSize = 50, remainder = "even", shuffle = true, random } = this.#options;
    const order = shuffle ? { order: random.state.key } : {};
    return { batchSize, remainder, examples: this.#data.size, ...order };
  }

  async begin({ step, batch }: EpochStart): Promise<void> {
    const { shuffle = true } = this.#options;
    this.#order = shuffle ? await this.#orderAt(step) : undefined;
    this.#next = batch;
  }

  next(mayReuse: boolean): AnyBatch | undefined {
    if (this.#next >= this.count) return undefined;
    const batch = batchAt(this.#data, this.#borders, this.#order, this.#next++, this.#used);
    // Rows in the order of the data share its arrays.
    this.#used = mayReuse && this.#order ? batch : undefined;
    return batch;
  }

  complete(): void {}

  checksum(): undefined {
    return undefined;
  }

  async close(): Promise<void> {}

  /** The order of an epoch depends on the steps before it, not on its number: training may continue in another `fit`. */
  async #orderAt(step: number): Promise<Tensor> {
    const { random, between } = this.#options;
    const pieces = permutationInPieces(this.#data.size, { random: random.fork(`step ${step}`) });
    for (;;) {
      const { done, value } = pieces.next();
      if (done) return value;
      await between();
    }
  }
}
