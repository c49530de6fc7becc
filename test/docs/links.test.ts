import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pages, proseOf, targetsOf, textOf } from "./pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (path: string): ReadonlySet<string> => {
  const counts = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(path).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    const before = counts.get(slug) ?? 0;
    counts.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
};

/** Why a link is broken; undefined if it is not. */
const faultOf = (path: string, target: string): string | undefined => {
  const [file, anchor] = target.split("#");
  const to = file === "" ? path : posix.join(dirname(path), file);
  if (!existsSync(join(root, to))) return `${path}: there is no ${to}`;
  if (anchor !== undefined && !anchorsOf(to).has(anchor)) return `${path}: ${to} has no heading #${anchor}`;
  return undefined;
};

test("a broken link to a file or heading is detected", () => {
  expect(faultOf("docs/guides/saving.md", "nowhere.md")).toContain("there is no docs/guides/nowhere.md");
  expect(faultOf("docs/guides/saving.md", "#nothing")).toContain("has no heading #nothing");
  expect(faultOf("docs/guides/saving.md", "weights.md#find")).toBeUndefined();
  expect(faultOf("README.md", "docs/guides/saving.md#what-happens-when")).toBeUndefined();
});

describe.each(pages)("%s", (path) => {
  test("pages link to files and headings that exist", () => {
    expect(
      targetsOf(path)
        .map((target) => faultOf(path, target))
        .filter(Boolean),
    ).toEqual([]);
  });

  test("pages name scripts and files that exist", () => {
    const text = textOf(path);
    const run = Array.from(text.matchAll(/npm run ([a-z][\w:-]*)/g), ([, name]) => name);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
    const named = Array.from(
      proseOf(path).matchAll(/`((?:src|test|scripts|examples|docs|bench|study|playground)\/[\w./-]+\.\w+)`/g),
      ([, file]) => file,
    );
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

test("every page of docs is in its index", () => {
  const listed = targetsOf("docs/README.md");
  const guides = pages.filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  expect(guides.filter((path) => !listed.includes(path.slice("docs/".length)))).toEqual([]);
  expect(targetsOf("README.md")).toContain("docs/README.md");
});
