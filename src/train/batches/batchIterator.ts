import type { AnyBatch } from "../../data/minibatches.ts";
import type { EpochCut } from "./position.ts";

/** The point at which an epoch begins or resumes. */
export interface EpochStart {
  /** The number of the epoch. */
  readonly epoch: number;
  /** The optimizer's step at the beginning of the epoch. */
  readonly step: number;
  /** How many batches of the epoch are done. */
  readonly batch: number;
}

/** The batches of a run, epoch by epoch. */
export interface BatchIterator {
  /** How many batches an epoch has, if that is known in advance. */
  readonly count: number | undefined;
  /** How the examples are divided into batches, for data sets. */
  readonly batching: EpochCut;
  /** How many batches of a pass that epochs share belong to earlier epochs; a resumed run skips them. */
  readonly skipped: number;
  /** Moves to where an epoch begins or resumes. */
  begin(start: EpochStart): Promise<void>;
  /**
   * The next batch; undefined at the end of the epoch.
   * @param mayReuse Whether nothing will read it after the next call: then that may write to its arrays.
   */
  next(mayReuse: boolean): AnyBatch | undefined | Promise<AnyBatch | undefined>;
  /** Counts the epoch as done. */
  complete(): void;
  /** Identifies the last batch, if batches come from a source. */
  checksum(): number | undefined;
  /** Releases the source: no further batch is needed. */
  close(): Promise<void>;
}
