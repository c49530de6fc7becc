import { describe, expect, it } from "vitest";
import { equallyFast, faster, higher, lower, notMuchHigher, notMuchLower, reaches } from "../../study/claims.ts";
import type { Claim, Results } from "../../study/experiment.ts";
import { intervalOf, verdictOf } from "../../study/verdict.ts";

const judged = (claim: Claim, results: Results): string => verdictOf(intervalOf(claim.estimate(results)), claim.region);

/** Two variants of five seeds each: the second is the first plus a difference and a spread. */
const pair = (measure: string, difference: number, spread: number): Results => {
  const first = [0.9, 0.92, 0.91, 0.95, 0.93];
  const noise = [-2, -1, 0, 1, 2].map((factor) => factor * spread);
  return {
    first: { [measure]: first },
    second: { [measure]: first.map((value, seed) => value + difference + noise[seed]) },
  };
};

describe("the interval", () => {
  it("the interval of the study is Student's t interval", () => {
    // s = √2.5, and the quantile for 4 degrees of freedom is 2.776; for 1 it is 12.706.
    const { mean, low, high } = intervalOf([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    expect(low).toBeCloseTo(1.0368, 3);
    expect(high).toBeCloseTo(4.9632, 3);
    expect(intervalOf([0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
    expect(intervalOf([0, 2]).high).toBeCloseTo(13.706, 3);
    expect(() => intervalOf([1])).toThrow("at least 2 seeds, got 1");
  });
});

describe("the verdict", () => {
  const higherClaim = higher({ quote: "", of: "second", than: "first" });

  it("the verdict compares within a seed, and reports noise if the seeds disagree", () => {
    expect(judged(higherClaim, pair("accuracy", 0.01, 0.001))).toBe("held");
    expect(judged(higherClaim, pair("accuracy", -0.01, 0.001))).toBe("did not hold");
    expect(judged(higherClaim, pair("accuracy", 0.001, 0.001))).toBe("within noise");
    expect(judged(higherClaim, pair("accuracy", 0, 0))).toBe("did not hold");
  });

  it("the verdict depends on the direction and the margin", () => {
    const names = { quote: "", of: "second", than: "first" };
    expect(judged(lower({ ...names, measure: "loss" }), pair("loss", -0.01, 0.001))).toBe("held");
    expect(judged(notMuchHigher({ ...names, margin: 0.02 }), pair("accuracy", 0.01, 0.001))).toBe("held");
    expect(judged(notMuchHigher({ ...names, margin: 0.005 }), pair("accuracy", 0.01, 0.001))).toBe("did not hold");
    expect(judged(notMuchLower({ ...names, margin: 0.02 }), pair("accuracy", -0.01, 0.001))).toBe("held");
    expect(judged(notMuchLower({ ...names, margin: 0.005 }), pair("accuracy", -0.01, 0.001))).toBe("did not hold");
  });

  it("the verdict compares times as ratios", () => {
    const names = { quote: "", of: "second", than: "first" };
    expect(judged(faster(names), pair("seconds", -0.5, 0.01))).toBe("held");
    expect(judged(equallyFast(names), pair("seconds", 0.05, 0.01))).toBe("held");
    expect(judged(equallyFast(names), pair("seconds", -0.5, 0.01))).toBe("did not hold");
  });

  it("the verdict compares with a threshold", () => {
    const results = pair("accuracy", 0, 0);
    expect(judged(reaches({ quote: "", of: "first", accuracy: 0.85 }), results)).toBe("held");
    expect(judged(reaches({ quote: "", of: "first", accuracy: 0.92 }), results)).toBe("within noise");
    expect(judged(reaches({ quote: "", of: "first", accuracy: 0.97 }), results)).toBe("did not hold");
  });

  it("the verdict names a missing variant", () => {
    expect(() => higherClaim.estimate({ first: { accuracy: [1] } })).toThrow("does not measure accuracy of second");
  });
});
