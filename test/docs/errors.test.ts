import { expect, test } from "vitest";
import * as gradus from "../../src/index.ts";
import { blocksOf, textOf } from "./pages.ts";

test("docs/guides/errors.md shows an error of each class, below its own heading", () => {
  const classes = Object.entries(gradus)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof gradus.GradusError)
    .map(([name]) => name);
  expect(classes.length).toBeGreaterThanOrEqual(8);
  const thrown = blocksOf("docs/guides/errors.md").filter(({ marker }) => marker === "thrown");
  for (const name of classes) {
    expect(textOf("docs/guides/errors.md")).toContain(`\n## ${name}\n`);
    expect(thrown.some(({ code }) => code.startsWith(`${name}: `))).toBe(true);
  }
});
