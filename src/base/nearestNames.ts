const shown = 5;

const pairsOf = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text.slice(1), (_, index) => text.slice(index, index + 2).toLowerCase()));

/**
 * A sentence for errors with the names that are most like a text or pattern: those that share most pairs of neighbouring
 * characters with it, and a sentence that there are none where the list is empty.
 */
export const adviseNames = (kind: string, wanted: RegExp | string, names: readonly string[]): string => {
  if (names.length === 0) return `There are no ${kind}.`;
  const pairs = pairsOf(typeof wanted === "string" ? wanted : wanted.source);
  const common = (name: string): number => [...pairsOf(name)].filter((pair) => pairs.has(pair)).length;
  const scored = names.map((name) => [name, common(name)] as const).sort((a, b) => b[1] - a[1]);
  const nearest = scored.slice(0, shown).map(([name]) => name);
  return `The ${names.length > shown ? "nearest " : ""}${kind} are ${nearest.join(", ")}.`;
};
