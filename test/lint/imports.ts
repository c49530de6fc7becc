import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { layers, packages } from "./layers.ts";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/** The text of each file, by its path under src. */
export type Files = Readonly<Record<string, string>>;

/** All files of src. */
export const filesOfSource = (): Files =>
  Object.fromEntries(
    readdirSync(source, { recursive: true, encoding: "utf8" })
      .map((file) => file.replaceAll("\\", "/"))
      .filter((file) => file.endsWith(".ts"))
      .sort()
      .map((file) => [file, readFileSync(join(source, file), "utf8")]),
  );

/** An import of a value or of a type. `to` is a path under src, or the name of a package. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of the files in each form: `import`, `import type`, `export … from`, `import("…")`. */
export const importsOf = (files: Files): readonly Import[] =>
  Object.entries(files).flatMap(([from, text]) =>
    ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({
      from,
      to: fileName.startsWith(".") ? posix.join(posix.dirname(from), fileName) : fileName,
    })),
  );

/** The first folder of a path, or the file itself if it is directly in src. */
const layerOf = (path: string): string => (path === "#platform" ? "platform" : path.split("/")[0]);

/** The layers that a layer may import, without itself. */
const allowedFor = (layer: string): ReadonlySet<string> => {
  const allowed = new Set(layers[layer]);
  for (const below of allowed) for (const next of layers[below]) allowed.add(next);
  return allowed;
};

/** The imports that the table does not allow, as `<file> imports <file>`. */
export const forbidden = (imports: readonly Import[]): readonly string[] =>
  imports
    .filter(({ from, to }) => {
      const name = Object.keys(packages).find((key) => to.startsWith(key));
      if (name !== undefined) return !from.startsWith(packages[name]);
      const [layer, imported] = [layerOf(from), layerOf(to)];
      if (!(layer in layers)) return true;
      return layer === imported ? to.startsWith("#") : !allowedFor(layer).has(imported);
    })
    .map(({ from, to }) => `${from} imports ${to}`);

/** The shortest path from a node to itself; undefined if there is none. */
const circleThrough = (node: string, next: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined => {
  const paths = new Map<string, readonly string[]>([[node, [node]]]);
  for (const [at, path] of paths) {
    for (const to of next.get(at) ?? []) {
      if (to === node) return [...path, node];
      if (!paths.has(to)) paths.set(to, [...path, to]);
    }
  }
  return undefined;
};

/**
 * The circles among the children (files and folders) of each folder, a shortest one for each group of children. A circle of
 * files is also a circle among the children of the folder that holds them all.
 */
export const circles = (imports: readonly Import[]): readonly string[] => {
  const folders = new Map<string, Map<string, Set<string>>>();
  for (const { from, to } of imports) {
    const [start, end] = [from.split("/"), to.split("/")];
    let depth = 0;
    while (depth < Math.min(start.length, end.length) - 1 && start[depth] === end[depth]) depth++;
    const folder = start.slice(0, depth).join("/");
    const children = folders.get(folder) ?? new Map<string, Set<string>>();
    folders.set(folder, children);
    children.set(start[depth], (children.get(start[depth]) ?? new Set()).add(end[depth]));
  }
  return Array.from(folders, ([folder, next]) => {
    const reported = new Set<string>();
    return Array.from(next.keys()).flatMap((child) => {
      const circle = reported.has(child) ? undefined : circleThrough(child, next);
      for (const member of circle ?? []) reported.add(member);
      return circle ? [`${posix.join("src", folder)}: ${circle.join(" → ")}`] : [];
    });
  }).flat();
};
