import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { digitsModule, renderDigits } from "../../scripts/embed-digits.ts";
import { readDigitsFiles } from "../../src/data/digitsFiles.ts";

describe("readDigitsFiles", () => {
  it("readDigitsFiles returns the built-in digits", async () => {
    const { images, labels } = await readDigitsFiles();
    expect([images.type, images.shape]).toEqual(["uint8", [1797, 8, 8]]);
    expect([labels.type, labels.shape]).toEqual(["uint8", [1797]]);
    expect([Math.min(...labels.data), Math.max(...labels.data)]).toEqual([0, 9]);
    const values = new Set(images.data);
    expect([Math.min(...values), Math.max(...values)]).toEqual([0, 16]);
    // The first digits of the test part as UCI publishes it.
    expect([...labels.data.subarray(0, 10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...images.data.subarray(0, 8)]).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
  });

  it("readDigitsFiles returns the bytes of data/digits (else run npx tsx scripts/embed-digits.ts)", () => {
    expect(readFileSync(digitsModule, "utf8") === renderDigits()).toBe(true);
  });
});
