import { posix } from "node:path";

/** The most files that a folder holds beside each other. */
export const mostFiles = 20;

/** The paths by what `keyOf` says of them. */
const grouped = (paths: readonly string[], keyOf: (path: string) => string): ReadonlyMap<string, readonly string[]> => {
  const groups = new Map<string, string[]>();
  for (const path of paths) groups.set(keyOf(path), [...(groups.get(keyOf(path)) ?? []), path]);
  return groups;
};

/** The folders with too many files, as `<folder> has <count> files`. */
export const crowded = (paths: readonly string[]): readonly string[] =>
  Array.from(grouped(paths, posix.dirname))
    .filter(([, files]) => files.length > mostFiles)
    .map(([folder, files]) => `${folder} has ${files.length} files`);

/** The files that share a name, as `<file> and <file>`; each folder may have an `index.ts`. */
export const namesakes = (paths: readonly string[]): readonly string[] =>
  Array.from(grouped(paths, posix.basename))
    .filter(([name, files]) => name !== "index.ts" && files.length > 1)
    .map(([, files]) => files.join(" and "));
