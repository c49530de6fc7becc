import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { imagesFolder, pictures } from "../../docs/pictures/main.ts";
import { getBackend, setBackend } from "../../src/index.ts";
import { pages, textOf } from "./pages.ts";

const backend = getBackend();
// This backend has the same bits on every machine, and so draws the same pictures.
beforeAll(() => setBackend("simd"));
afterAll(() => setBackend(backend));

test.each(Object.entries(pictures))("%s is what its networks draw now; else: npm run pictures", async (name, draw) => {
  expect(await draw()).toBe(readFileSync(new URL(name, imagesFolder), "utf8"));
});

test("each drawing in docs/images has a program that draws it, and a page that shows it with a description", () => {
  const drawn = readdirSync(imagesFolder).filter((name) => name.endsWith(".svg"));
  expect(drawn.sort()).toEqual(Object.keys(pictures).sort());
  const text = pages.map(textOf).join("\n");
  for (const name of drawn) expect(text).toMatch(new RegExp(`!\\[[^\\]]{20,}\\]\\((?:\\.\\./)?images/${name}\\)`));
});
