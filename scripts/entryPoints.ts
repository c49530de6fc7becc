import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The source file of each entry point of the package, by the specifier that imports it. */
export const entryPoints = (): ReadonlyMap<string, string> => {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const entries = new Map<string, string>();
  for (const [path, target] of Object.entries(exports)) {
    const source = typeof target === "string" ? undefined : target["gradus-source"];
    if (source !== undefined) entries.set(posix.join("gradus", path), join(root, source));
  }
  return entries;
};
