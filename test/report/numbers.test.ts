import { describe, expect, it, test } from "vitest";
import { tickTexts } from "../../src/report/client/tickText.ts";
import { placeNumber, shortNumber } from "../../src/report/page/shortNumber.ts";
import { counted, spelt } from "../../src/report/page/words.ts";

test("shortNumber keeps its digits where numbers are very small or large", () => {
  const shown = [0.0123456, 1234.5, 401_234_567, 153_000, 2.5e-6, 1e6, -1.25e-7, 0].map((value) => shortNumber(value));
  expect(shown).toEqual(["0.0123", "1230", "4.01e8", "1.53e5", "2.5e-6", "1e6", "-1.25e-7", "0"]);
  expect(shortNumber(401_234_567, 4)).toBe("4.012e8");
  expect([Number.NaN, Infinity].map((value) => shortNumber(value))).toEqual(["NaN", "Infinity"]);
});

test("placeNumber does not round epochs", () => {
  const shown = [1, 1234, 300_000, 1234.56, 12.345, 1 / 3, 0].map((value) => placeNumber(value));
  expect(shown).toEqual(["1", "1234", "300000", "1234.6", "12.3", "0.333", "0"]);
  expect(counted(1, "epoch")).toBe("1 epoch");
  expect(counted(1234, "epoch")).toBe("1234 epochs");
});

describe("tickTexts", () => {
  const ticks = (from: number, step: number): string[] =>
    tickTexts(
      [0, 1, 2, 3].map((index) => from + index * step),
      step,
    );

  it("tickTexts gives different texts to neighbours, however large they are or small the step", () => {
    expect(ticks(4e8, 5e6)).toEqual(["4e8", "4.05e8", "4.1e8", "4.15e8"]);
    expect(ticks(2e5, 1e5)).toEqual(["2e5", "3e5", "4e5", "5e5"]);
    expect(ticks(2e-6, 5e-7)).toEqual(["2e-6", "2.5e-6", "3e-6", "3.5e-6"]);
    expect(ticks(-2e-7, 1e-7)).toEqual(["-2e-7", "-1e-7", "0", "1e-7"]);
  });

  it("tickTexts writes numbers in full where that is not longer", () => {
    expect(ticks(0, 0.25)).toEqual(["0.00", "0.25", "0.50", "0.75"]);
    expect(ticks(19_800, 100)).toEqual(["19800", "19900", "20000", "20100"]);
    expect(ticks(99_900, 100)).toEqual(["99900", "100000", "100100", "100200"]);
    expect(ticks(150_000, 250)).toEqual(["150000", "150250", "150500", "150750"]);
  });

  it("tickTexts leaves out ticks without a label", () => {
    expect(tickTexts([1e6, null, 3e6], 1e6)).toEqual(["1e6", "", "3e6"]);
  });
});

test("spelt separates the words of a name", () => {
  const names = ["validationRSquared", "rSquared", "topKAccuracy", "meanIoU", "f1", "loss", "meanAbsoluteError"];
  expect(names.map(spelt)).toEqual([
    "validation r squared",
    "r squared",
    "top k accuracy",
    "mean IoU",
    "f1",
    "loss",
    "mean absolute error",
  ]);
});
