import { expect, test } from "vitest";
import { linesOnly } from "../../scripts/linesOnly.mjs";

test("the mappings of a source map keep the line with which each line begins, and lose the columns", () => {
  // Lines 1, none, 18 and 17 of the source, as tsc would write them: with columns, and several segments in a line.
  expect(linesOnly("AAAA,SAAU,EAEV;;IAeI,CAAC;EADD")).toBe("AAAA;;AAiBA;AADA");
  expect(linesOnly("")).toBe("");
});
