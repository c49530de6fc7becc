import { type Bar, bars, card, paragraph } from "../../src/report/page/blocks.ts";
import { grouped } from "../../src/report/page/collections.ts";
import { dataTable } from "../../src/report/page/dataTable.ts";
import type { Markup } from "../../src/report/page/markup.ts";
import type { Page, Section } from "../../src/report/page/page.ts";
import type { MatmulResult } from "./matmul.ts";
import type { Overhead } from "./overhead.ts";
import type { StepResult } from "./steps.ts";
import type { ThreadsResult } from "./threads.ts";

/** The results of `npm run bench`. */
export interface BenchResults {
  /** Engine, processor, backend. */
  readonly environment: string;
  readonly backend: string;
  readonly peakGflops: number;
  readonly matmul: readonly MatmulResult[];
  readonly steps: readonly StepResult[];
  readonly overhead: readonly Overhead[];
  readonly threads: readonly ThreadsResult[];
}

export const microseconds = (value: number): string => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} µs`;

const products = ({ matmul, backend, peakGflops }: BenchResults): Section => {
  const fast = matmul.filter(({ kernel }) => kernel === backend);
  const entries = fast.map(({ shape, gflops, fraction }) => ({
    label: shape,
    value: fraction,
    text: `${(100 * fraction).toFixed(0)} % (${gflops.toFixed(1)} GFLOP/s)`,
    isOwn: true,
  }));
  return {
    title: "Matrix products",
    lead: `Beside the peak of a register-only loop of the same instructions, ${peakGflops.toFixed(1)} GFLOP/s on backend ${backend}.`,
    blocks: [
      card("Of the peak", bars(entries), { width: "wide" }),
      card(
        "All kernels",
        dataTable({
          head: ["product", "sizes", "kernel", "GFLOP/s", "of peak"],
          textColumns: 3,
          rows: matmul.map(({ shape, size, kernel, gflops, fraction }) => [
            shape,
            size,
            kernel,
            gflops.toFixed(2),
            `${(100 * fraction).toFixed(0)} %`,
          ]),
        }),
        { width: "wide" },
      ),
    ],
  };
};

const steps = ({ steps: all }: BenchResults): Section => ({
  title: "Training steps",
  lead: "The time of one step, by backend.",
  blocks: Array.from(
    grouped(all, ({ workload }) => workload),
    ([workload, results]) => {
      const fastest = Math.min(...results.map((result) => result.microseconds));
      const entries = results.map(
        (result): Bar => ({
          label: result.backend,
          value: result.microseconds,
          text: microseconds(result.microseconds),
          isOwn: result.microseconds === fastest,
        }),
      );
      return card(workload, bars(entries));
    },
  ),
});

const threads = ({ threads: all }: BenchResults): Section => ({
  title: "Threads",
  lead: "How many times as fast as one thread, round by round: the median, and the least and the most.",
  blocks: Array.from(
    grouped(all, ({ work }) => work),
    ([work, results]) => {
      const entries = results.map(({ threads: count, speedup }): Bar => {
        const { median, low, high } = speedup;
        const text = `${median.toFixed(2)}${count > 1 ? ` (${low.toFixed(2)} to ${high.toFixed(2)})` : ""}`;
        return { label: `${count} thread${count > 1 ? "s" : ""}`, value: median, text, isOwn: count > 1 };
      });
      return card(work, bars(entries));
    },
  ),
});

const overhead = ({ overhead: all }: BenchResults): Section => ({
  title: "Overhead",
  lead: "What an operation costs beyond its kernel, and what the collector has to pick up afterwards.",
  blocks: [card("Operations and steps", overheadTable(all), { width: "broad" })],
});

const overheadTable = (all: readonly Overhead[]): Markup =>
  dataTable({
    head: ["operation", "µs", "bytes of garbage"],
    rows: all.map((row) => [row.what, row.microseconds.toFixed(2), row.garbage.toFixed(0)]),
  });

/** The results as a page. */
export const benchPage = (results: BenchResults): Page => ({
  title: "gradus: benchmarks",
  lead: results.environment,
  sections: [
    {
      title: "How to read it",
      blocks: [
        paragraph(
          "Measured by npm run bench; docs/benchmarks.md says how. Compare fractions and ratios of one run: machines are faster in one minute than in the next.",
        ),
      ],
    },
    products(results),
    steps(results),
    threads(results),
    overhead(results),
  ],
  footer: "Made by npm run bench -- --html.",
});
