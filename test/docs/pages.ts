import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every page that a user reads. */
export const pages: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file.replaceAll("\\", "/")}`)
    .sort(),
];

/** The text of a page, or of another file of the project. */
export const textOf = (path: string): string => readFileSync(join(root, path), "utf8");

/** A block of code on a page. */
export interface Block {
  readonly path: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly language: string;
  /** The text behind the language: `no_run`, `ignore: why`, or nothing. */
  readonly marker: string;
  readonly code: string;
}

/**
 * All blocks of a page.
 * @throws Error for a block that is indented or does not end: it would be skipped.
 */
export const blocksOf = (path: string, text: string = textOf(path)): readonly Block[] => {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const [, indent, fence, info] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(lines[at]) ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trimEnd() === fence);
    if (indent !== "" || end < 0) throw new Error(`${path}:${at + 1}: a block of code begins in column 1, and ends`);
    const [language = "", ...rest] = info.trim().split(" ");
    const code = `${lines.slice(at + 1, end).join("\n")}\n`;
    blocks.push({ path, line: at + 1, language, marker: rest.join(" "), code });
    at = end;
  }
  return blocks;
};

/** The text of a page without its blocks of code, with the same line numbers. */
export const proseOf = (path: string, text: string = textOf(path)): string => {
  const lines = text.split("\n");
  for (const { line, code } of blocksOf(path, text)) lines.fill("", line - 1, line + code.split("\n").length);
  return lines.join("\n");
};

/** The links and pictures of a page, except those on other hosts. */
export const targetsOf = (path: string, text: string = textOf(path)): readonly string[] => {
  const prose = proseOf(path, text).replaceAll(/`[^`\n]*`/g, "");
  return [
    ...Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target),
    ...Array.from(prose.matchAll(/\b(?:src|srcset|href)="([^"\s]+)"/g), ([, target]) => target),
  ].filter((target) => !/^[a-z]+:/.test(target));
};
