/** The value in the middle; of an even number the larger one of the two. */
export const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[values.length >> 1];
