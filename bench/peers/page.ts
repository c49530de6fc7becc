import { bars, card, paragraph } from "../../src/report/page/blocks.ts";
import { dataTable } from "../../src/report/page/dataTable.ts";
import { lineChart } from "../../src/report/page/lineChart.ts";
import type { Markup } from "../../src/report/page/markup.ts";
import type { Page, Section } from "../../src/report/page/page.ts";
import { microseconds } from "../speed/page.ts";
import { type Result, tolerance } from "./compare.ts";
import type { FootprintResult } from "./footprint.ts";
import type { GrowthResult } from "./growth.ts";
import type { Spec } from "./workloads.ts";

/** The results of `npm run bench:peers`. */
export interface PeersResults {
  /** Engine and processor. */
  readonly environment: string;
  readonly workloads: readonly { readonly spec: Spec; readonly results: readonly Result[] }[];
  readonly footprint: readonly FootprintResult[];
  readonly growth: readonly GrowthResult[];
}

const timesOf = (results: readonly Result[]): Markup =>
  bars(
    results.flatMap(({ contender, seconds, ratio, note }) => {
      if (seconds === undefined) return [];
      const relative = ratio
        ? `, ${ratio.median.toFixed(2)} × gradus (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`
        : "";
      const text = `${microseconds(seconds * 1e6)}${relative}${note === undefined ? "" : `; ${note}`}`;
      return [{ label: contender, value: seconds, text, isOwn: contender.startsWith("gradus") }];
    }),
  );

const compared = ({ spec, results }: PeersResults["workloads"][number]): Section => {
  const left = results
    .filter(({ seconds }) => seconds === undefined)
    .map(({ contender, note }) => `${contender}: ${note}`);
  return {
    title: `${spec.id}: ${spec.title}`,
    lead: `The time of ${spec.task === "train" ? "a training step" : "a prediction"}.`,
    blocks: [
      card("Time", timesOf(results), { width: "wide" }),
      ...(left.length > 0 ? [paragraph(`Not measured: ${left.join("; ")}.`)] : []),
    ],
  };
};

const growing = { batch: "examples in a batch", width: "units in a layer", depth: "hidden layers" } as const;

const growthOf = (results: readonly GrowthResult[]): Section => ({
  title: "H: how it grows",
  lead: "784-300-100-10 with growing batch; n-n-n-10 and 128-128-...-10 at batch 50; ReLU, SGD.",
  blocks: (["batch", "width", "depth"] as const).flatMap((series) => {
    const own = results.filter((result) => result.series === series);
    const contenders = [...new Set(own.map(({ contender }) => contender))];
    return lineChart({
      title: `Microseconds of a step, by ${series}`,
      xLabel: growing[series],
      isLogarithmic: true,
      isLogarithmicInX: true,
      lines: contenders.map((contender) => ({
        label: contender,
        points: own
          .filter((result) => result.contender === contender)
          .map(({ size, seconds }) => [size, seconds * 1e6] as const),
      })),
    });
  }),
});

const footprintOf = (results: readonly FootprintResult[]): Section => {
  const columns: readonly (readonly [title: string, text: (result: FootprintResult) => string])[] = [
    ["kB minified", ({ minifiedBytes }) => (minifiedBytes === undefined ? "" : (minifiedBytes / 1000).toFixed(1))],
    ["kB gzip", ({ gzippedBytes }) => (gzippedBytes === undefined ? "" : (gzippedBytes / 1000).toFixed(1))],
    [
      "import to step 1, ms",
      ({ importSeconds }) => (importSeconds === undefined ? "" : (importSeconds * 1e3).toFixed(1)),
    ],
    [
      "process to step 1, ms",
      ({ processSeconds }) => (processSeconds === undefined ? "" : (processSeconds * 1e3).toFixed(1)),
    ],
    ["peak MiB", ({ peakBytes }) => (peakBytes === undefined ? "" : (peakBytes / 2 ** 20).toFixed(0))],
    ["note", ({ note }) => note ?? ""],
  ];
  const rows = results.map((result) => [result.program, ...columns.map(([, text]) => text(result))]);
  return {
    title: "G: what a program weighs",
    blocks:
      results.length > 0
        ? [
            card("Programs", dataTable({ head: ["program", ...columns.map(([title]) => title)], rows }), {
              width: "wide",
            }),
          ]
        : [],
  };
};

/** The results as a page. */
export const peersPage = ({ environment, workloads, footprint, growth }: PeersResults): Page => ({
  title: "gradus beside its peers",
  lead: environment,
  sections: [
    {
      title: "How to read it",
      blocks: [
        paragraph(
          "Measured by npm run bench:peers; docs/benchmarks.md says how. × gradus is the time of the contender over that of gradus in " +
            `the same round, the median and the extremes. Losses and outputs may differ by ${tolerance} of the largest.`,
        ),
      ],
    },
    ...workloads.map(compared),
    footprintOf(footprint),
    growthOf(growth),
  ],
  footer: "Made by npm run bench:peers -- --html.",
});
