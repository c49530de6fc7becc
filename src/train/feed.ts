import type { Batch } from "../data/minibatches.ts";
import type { EpochCut } from "./position.ts";

/** Where an epoch goes on. */
export interface FeedStart {
  /** The number of the epoch. */
  readonly epoch: number;
  /** The optimizer's step at its beginning. */
  readonly step: number;
  /** How many of its batches are done. */
  readonly batch: number;
}

/** The batches of a run, epoch by epoch. */
export interface Feed {
  /** How many batches an epoch has, where that is known before. */
  readonly count: number | undefined;
  /** How the examples are cut into batches, where they are. */
  readonly cut: EpochCut;
  /** How many batches were taken of what epochs share, before the one that runs. */
  readonly passed: number;
  /** Goes to where an epoch begins, or goes on. */
  begin(start: FeedStart): Promise<void>;
  /** The next batch; undefined at the end of the epoch. */
  next(): Batch | undefined | Promise<Batch | undefined>;
  /** The epoch counts as done. */
  complete(): void;
  /** Tells the last batch from others, where batches come from elsewhere. */
  checksum(): number | undefined;
  /** No batch is wanted any more. */
  close(): Promise<void>;
}
