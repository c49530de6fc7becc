import { describe, expect, test } from "vitest";
import { peersPage } from "../../bench/peers/page.ts";
import { workloads } from "../../bench/peers/workloads.ts";
import { benchPage } from "../../bench/speed/page.ts";
import { intervalBar } from "../../src/report/page/blocks.ts";
import { renderPage } from "../../src/report/page/page.ts";
import { studyPage } from "../../study/page.ts";
import { type ExperimentReport, reportOf } from "../../study/report.ts";

/** The widths of bars, from 0 to 100, by the text before them. */
const widthsOf = (page: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...page.matchAll(/<th scope="row">([^<]*)<\/th><td><span class="bar" style="width: ([\d.]+)%">/g)].map(
      ([, label, width]) => [label, Number(width)],
    ),
  );

test("the bench's page shows fractions of the peak, times, and speed-ups as bars", () => {
  const page = renderPage(
    benchPage({
      environment: "Node 99",
      backend: "simd",
      peakGflops: 30,
      matmul: [
        { shape: "64 square", size: "64x64·64x64", kernel: "simd", gflops: 24, fraction: 0.8 },
        { shape: "128 square", size: "128x128·128x128", kernel: "simd", gflops: 12, fraction: 0.4 },
        { shape: "64 square", size: "64x64·64x64", kernel: "loop", gflops: 1, fraction: 0.03 },
      ],
      steps: [
        { workload: "tiny", backend: "simd", microseconds: 50 },
        { workload: "tiny", backend: "reference", microseconds: 500 },
      ],
      overhead: [{ what: "add", microseconds: 0.2, garbage: 400 }],
      threads: [
        { work: "net", threads: 1, microseconds: 100, speedup: { median: 1, low: 1, high: 1 } },
        { work: "net", threads: 2, microseconds: 60, speedup: { median: 1.6, low: 1.5, high: 1.7 } },
      ],
    }),
  );
  expect(widthsOf(page)).toEqual({
    "64 square": 100,
    "128 square": 50,
    simd: 10,
    reference: 100,
    "1 thread": 62.5,
    "2 threads": 100,
  });
  expect(page).toContain("80 % (24.0 GFLOP/s)");
  expect(page).toContain("1.60 (1.50 to 1.70)");
});

test("the peers' page shows times beside those of gradus, and names libraries that could not be measured", () => {
  const info = { library: "l", backend: "b", threads: "1" };
  const page = renderPage(
    peersPage({
      environment: "Node 99",
      workloads: [
        {
          spec: workloads[0],
          results: [
            { workload: "A", contender: "gradus", info, seconds: 1e-3, ratio: { median: 1, low: 1, high: 1 } },
            { workload: "A", contender: "other", info, seconds: 2e-3, ratio: { median: 2, low: 1.8, high: 2.2 } },
            { workload: "A", contender: "absent", note: "python3 cannot import torch" },
          ],
        },
      ],
      footprint: [{ program: "gradus", minifiedBytes: 100_000, gzippedBytes: 40_000 }],
      growth: [1, 2, 4].map((size) => ({
        series: "batch" as const,
        size,
        contender: "gradus",
        seconds: size / 1e3,
        gflops: 1,
      })),
    }),
  );
  expect(widthsOf(page)).toEqual({ gradus: 50, other: 100 });
  expect(page).toContain("2000 µs, 2.00 × gradus (1.80 to 2.20)");
  expect(page).toContain("Not measured: absent: python3 cannot import torch.");
  expect(page).toContain('<td class="number">40.0</td>');
  expect(page).toContain('"x":[1,2,4],"xLabel":"examples in a batch"');
});

test("the study's page has a verdict for every claim", () => {
  const report: ExperimentReport = reportOf(
    {
      name: "Depth",
      setting: "Some images.",
      variants: {},
      claims: [
        {
          quote: "deeper is better",
          question: "deep above flat",
          estimate: () => [0.1, 0.11, 0.12],
          region: [0, Infinity],
          unit: "points",
        },
      ],
    },
    { deep: { accuracy: [0.98, 0.96], loss: [0.1, 0.1], seconds: [1, 1] }, flat: { accuracy: [0.94, 0.94] } },
    { rate: 0.3 },
  );
  const page = renderPage(studyPage("MNIST", [report]));
  expect(page).toContain("Some images. Chosen: rate 0.3.");
  expect(page).toContain('<span class="verdict good">held</span>');
  expect(widthsOf(page)).toEqual({ deep: 50, flat: 100 });
});

describe("intervalBar", () => {
  const left = (markup: string, part: string): [left: number, width: number] => {
    const [, from, width] =
      new RegExp(`class="${part}" style="left: ([\\d.]+)%(?:; width: ([\\d.]+)%)?`).exec(markup) ?? [];
    return [Number(from), Number(width)];
  };

  test("intervalBar draws a region without an end up to the edge", () => {
    const { text } = intervalBar({ mean: 2, low: 1, high: 3, region: [0, Infinity] });
    const [from, width] = left(text, "region");
    expect(from + width).toBeCloseTo(100, 1);
    const [whisker, length] = left(text, "whisker");
    expect(whisker).toBeGreaterThan(from);
    expect(left(text, "mean")[0]).toBeCloseTo(whisker + length / 2, 1);
  });

  test("intervalBar draws an interval without a width as a dot in the middle", () => {
    const { text } = intervalBar({ mean: 2, low: 2, high: 2, region: [-Infinity, Infinity] });
    expect(left(text, "mean")[0]).toBe(50);
    expect(left(text, "region")).toEqual([0, 100]);
  });
});
