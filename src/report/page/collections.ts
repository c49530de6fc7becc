/** The middle value; the larger of the two middle ones when their number is even. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/**
 * The least and the largest of the finite values; Infinity and -Infinity if there are none. A loop, because
 * `Math.max(...values)` fails for a long run: the number of arguments of a call is limited.
 */
export const extentOf = (values: Iterable<number>): readonly [low: number, high: number] => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
};

/** Groups entries by their keys, in the order of the first entries. (Node 20 has no `Map.groupBy`.) */
export const grouped = <T, Key>(entries: readonly T[], keyOf: (entry: T) => Key): ReadonlyMap<Key, readonly T[]> => {
  const groups = new Map<Key, T[]>();
  for (const entry of entries) {
    const group = groups.get(keyOf(entry));
    if (group) group.push(entry);
    else groups.set(keyOf(entry), [entry]);
  }
  return groups;
};

/** Bytes as base64, by `btoa`, which Node and browsers have. */
export const encodeBase64 = (bytes: Uint8Array): string => {
  // In pieces, because the number of arguments of a call is limited.
  let text = "";
  for (let from = 0; from < bytes.length; from += 8192)
    text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return btoa(text);
};
