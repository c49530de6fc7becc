import type { TypedArray } from "../../tensor/dtype.ts";

/** The positions of the numbers from `start` on, in the order of their values; valid until the next call. */
type Sorter = (values: TypedArray, start: number) => Int32Array;

/** Runs of this length are sorted by insertion before they are merged. */
const firstRun = 8;

/** A stable merge sort of rows of `length` numbers. NaN counts as the largest number. */
export const rowSorter = (length: number, descending: boolean): Sorter => {
  // Keys move along with positions, so that merging reads memory in order.
  let [keys, otherKeys] = [new Float64Array(length), new Float64Array(length)];
  let [order, otherOrder] = [new Int32Array(length), new Int32Array(length)];

  /** Fills in keys that ascend, NaN on its side of the others; returns the bounds of the others. */
  const fill = (values: TypedArray, start: number): readonly [begin: number, end: number] => {
    let missing = 0;
    for (let index = 0; index < length; index++) if (Number.isNaN(values[start + index])) missing++;
    const begin = descending ? missing : 0;
    let at = begin;
    let atMissing = descending ? 0 : length - missing;
    for (let index = 0; index < length; index++) {
      const value = values[start + index];
      if (Number.isNaN(value)) order[atMissing++] = start + index;
      else {
        keys[at] = descending ? -value : value;
        order[at++] = start + index;
      }
    }
    // Merging leaves these where they are, in both arrays.
    if (missing > 0) otherOrder.set(order);
    return [begin, at];
  };

  return (values, start) => {
    const [begin, end] = fill(values, start);
    for (let at = begin; at < end; at += firstRun) insertRun(keys, order, at, Math.min(at + firstRun, end));
    for (let run = firstRun; run < end - begin; run *= 2) {
      for (let at = begin; at < end; at += 2 * run) {
        const middle = Math.min(at + run, end);
        mergeRuns(keys, order, otherKeys, otherOrder, at, middle, Math.min(middle + run, end));
      }
      [keys, otherKeys] = [otherKeys, keys];
      [order, otherOrder] = [otherOrder, order];
    }
    return order;
  };
};

const insertRun = (keys: Float64Array, order: Int32Array, begin: number, end: number): void => {
  for (let index = begin + 1; index < end; index++) {
    const [key, position] = [keys[index], order[index]];
    let at = index;
    for (; at > begin && keys[at - 1] > key; at--) {
      keys[at] = keys[at - 1];
      order[at] = order[at - 1];
    }
    keys[at] = key;
    order[at] = position;
  }
};

/** Merges two neighbouring runs into the other arrays; of equal numbers the left ones come first. */
const mergeRuns = (
  keys: Float64Array,
  order: Int32Array,
  otherKeys: Float64Array,
  otherOrder: Int32Array,
  begin: number,
  middle: number,
  end: number,
): void => {
  let left = begin;
  let right = middle;
  for (let index = begin; index < end; index++) {
    const from = left === middle || (right < end && keys[right] < keys[left]) ? right++ : left++;
    otherKeys[index] = keys[from];
    otherOrder[index] = order[from];
  }
};
