import type { Dataset } from "../data/dataset.ts";
import { type Batch, type Minibatches, minibatches } from "../data/minibatches.ts";
import type { Random } from "../tensor/random.ts";
import type { Feed, FeedStart } from "./feed.ts";
import type { EpochCut } from "./place.ts";

/** How a data set becomes batches. */
export interface DatasetFeedOptions {
  readonly batchSize?: number;
  readonly remainder?: "keep" | "drop";
  readonly shuffle?: boolean;
  /** What the orders are drawn from. */
  readonly random: Random;
}

/** The batches of a data set: every epoch has all of them, in an order of its own. */
export class DatasetFeed implements Feed {
  readonly count: number;
  readonly passed = 0;
  readonly #data: Dataset;
  readonly #options: DatasetFeedOptions;
  #batches: Iterator<Batch> = [][Symbol.iterator]();

  constructor(data: Dataset, options: DatasetFeedOptions) {
    this.#data = data;
    this.#options = options;
    this.count = this.#cutAt(0).count;
  }

  get cut(): EpochCut {
    const { batchSize = 50, remainder = "even", shuffle = true, random } = this.#options;
    const order = shuffle ? { order: random.state.key } : {};
    return { batchSize, remainder, examples: this.#data.size, ...order };
  }

  begin({ step, batch }: FeedStart): void {
    this.#batches = this.#cutAt(step)[Symbol.iterator]();
    for (let index = 0; index < batch; index++) this.#batches.next();
  }

  next(): Batch | undefined {
    const { done, value } = this.#batches.next();
    return done ? undefined : value;
  }

  complete(): void {}

  checksum(): undefined {
    return undefined;
  }

  async close(): Promise<void> {}

  /** Not its number but the steps done before it name the order of an epoch: training may go on in another fit. */
  #cutAt(step: number): Minibatches {
    const { batchSize, remainder, shuffle = true, random } = this.#options;
    return minibatches(this.#data, {
      batchSize,
      remainder,
      shuffle,
      random: shuffle ? random.fork(`step ${step}`) : undefined,
    });
  }
}
