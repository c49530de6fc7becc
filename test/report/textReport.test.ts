import { describe, expect, it } from "vitest";
import { History } from "../../src/index.ts";
import { sparkline } from "../../src/report/page/sparkline.ts";
import { textReport } from "../../src/report/textReport.ts";

describe("sparkline", () => {
  it("sparkline draws the smallest value as the lowest block and the largest as the highest", () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline([7, 0])).toBe("█▁");
    expect(sparkline([3, 3])).toBe("▁▁");
    expect(sparkline([])).toBe("");
  });

  it("sparkline draws ratios on a logarithmic scale", () => {
    expect(sparkline([1, 0.1, 0.01], { logarithmic: true })).toBe("█▅▁");
  });

  it("sparkline leaves out values that are not numbers", () => {
    expect(sparkline([1, Number.NaN, 0, Infinity])).toBe("█ ▁ ");
    expect(sparkline([Number.NaN])).toBe(" ");
  });

  it("sparkline combines neighbours if there are many values", () => {
    expect(sparkline([0, 0, 1, 1, 2, 2, 7, 7], { width: 4 })).toBe("▁▂▃█");
    expect(sparkline(Array.from({ length: 1000 }, (_, index) => index))).toHaveLength(60);
    expect(
      sparkline(
        Array.from({ length: 7 }, (_, index) => index),
        { width: 3 },
      ),
    ).toHaveLength(3);
  });

  it("sparkline throws for an invalid width", () => {
    expect(() => sparkline([1], { width: 0 })).toThrow("sparkline: width must be a whole number from 1, got 0.");
    expect(() => sparkline([1], { wide: 3 } as object)).toThrow('got "wide". The options are width, logarithmic.');
  });
});

describe("textReport", () => {
  it("textReport has a line for every measure and every layer, and the findings", () => {
    const epochs = [1, 0.1, 0.01].map((loss, epoch) => ({
      epoch,
      loss,
      validationAccuracy: 0.5 + epoch / 10,
      steps: 10,
      seconds: 0.1,
    }));
    const inspections = [1, 2].map((step) => ({
      step,
      epoch: step,
      variables: [{ name: "m/a/kernel", gradientNorm: step, updateRatio: 1e-3 }],
    }));
    expect(textReport(new History(epochs, inspections)).split("\n")).toEqual([
      "loss                  █▅▁  1.000 → 0.01000",
      "validation accuracy   ▁▅█  50.00 % → 70.00 %",
      "gradient of a/kernel  ▁█   1.000 → 2.000",
      "",
      "+ The training loss fell from 1.000 to 0.01000 in 3 epochs.",
    ]);
    expect(textReport(new History())).toBe("no epochs");
  });

  it("textReport has lines of a bounded length, however long names and reasons are", () => {
    const name = `m/first${"x".repeat(100)}last/kernel`;
    const variables = [{ name, gradientNorm: 1, updateRatio: 0.5 }];
    const history = new History([], [{ step: 1, epoch: 1, variables }]);
    history.stopped = `because ${"of this ".repeat(20)}${"y".repeat(200)}`;
    const lines = textReport(history).split("\n");
    expect(lines[0]).toMatch(/^gradient of first.*….*last\/kernel {2}▁ {2}1.000 → 1.000$/);
    expect(lines[0].indexOf("  ")).toBe(40);
    for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.slice(2, 4)).toEqual([
      "! Training stopped before its last epoch: because of this of this of this of",
      "  this of this of this of this of this of this of this of this of this of this",
    ]);
    expect(lines.join("").replaceAll(" ", "")).toContain("y".repeat(200));
  });

  it("textReport throws for a value that is not a history", () => {
    expect(() => textReport({} as History)).toThrow("textReport: the first argument must be a History, got an object.");
  });
});
