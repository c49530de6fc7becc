import { expect, test } from "vitest";
import { surfaces } from "./extract.ts";
import { pages, proseOf } from "./pages.ts";

/** Right, and not exported: options, methods that one writes, and what JavaScript has. */
const others = new Set(["AbortSignal", "classWeights", "build", "call"]);

const exported = new Set(surfaces.flatMap(({ values }) => values));

test.each(pages.filter((path) => path.startsWith("docs/from-")).map((path) => [path]))(
  "%s names functions and classes that gradus exports",
  (path) => {
    const rows = proseOf(path)
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows.length).toBeGreaterThan(20);
    const named = rows.flatMap((row) => {
      const right = row.split(" | ").at(-1)!;
      const spans = Array.from(right.matchAll(/`([^`]+)`/g), ([, code]) => code);
      return spans.flatMap((code) => [
        ...Array.from(code.matchAll(/(?<![.\w])([A-Za-z]\w*)(?=\()/g), ([, name]) => name),
        ...(/^[A-Za-z]\w*$/.test(code) ? [code] : []),
      ]);
    });
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !exported.has(name) && !others.has(name))).toEqual([]);
  },
);
