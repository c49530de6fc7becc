import type { TensorType } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import { longestRun } from "../wasm/division.ts";

/**
 * How a kernel works through several tensors in one call: by runs of at most `longest` elements, each an entry of a table.
 */
export interface Runs {
  readonly longest: number;
  readonly entries: number;
}

/** Runs that are divided among threads. */
export interface Divided extends Runs {
  /** At which entry each piece begins, and behind the last one the number of entries. */
  readonly begins: readonly number[];
}

export const isDivided = (runs: Runs | Divided): runs is Divided => "begins" in runs;

/** The runs of every `step`th tensor. One thread takes all tensors as they are. */
export const runsOf = (types: readonly TensorType[], step: number, least: number, threads: number): Runs | Divided => {
  const count = types.length / step;
  if (threads === 1) return { longest: Number.POSITIVE_INFINITY, entries: count };
  let elements = 0;
  for (let index = 0; index < types.length; index += step) elements += sizeOf(types[index].shape);
  const longest = longestRun(elements, least, threads);
  if (longest === Number.POSITIVE_INFINITY) return { longest, entries: count };
  const begins = [0];
  let entries = 0;
  let filled = 0;
  for (let index = 0; index < types.length; index += step) {
    const size = sizeOf(types[index].shape);
    for (let start = 0; start === 0 || start < size; start += longest) {
      const length = Math.min(longest, size - start);
      if (filled + length > longest) {
        begins.push(entries);
        filled = 0;
      }
      filled += length;
      entries++;
    }
  }
  begins.push(entries);
  return { longest, entries, begins };
};
