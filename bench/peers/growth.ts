import { formatTable } from "../speed/table.ts";
import { type CompareOptions, compare } from "./compare.ts";
import type { Contender } from "./contenders.ts";
import { growthSpec, type Spec, writeWorkload } from "./workloads.ts";

/** The time of a step at one size. */
export interface GrowthResult {
  readonly series: "batch" | "width" | "depth";
  readonly size: number;
  readonly contender: string;
  readonly seconds: number;
  readonly gflops: number;
}

const powers = (from: number, to: number): number[] => {
  const sizes: number[] = [];
  for (let size = from; size <= to; size *= 2) sizes.push(size);
  return sizes;
};

const series: readonly {
  readonly name: GrowthResult["series"];
  readonly sizes: number[];
  readonly spec: (size: number) => Spec;
}[] = [
  { name: "batch", sizes: powers(1, 4096), spec: (size) => growthSpec(`batch-${size}`, [784, 300, 100, 10], size) },
  { name: "width", sizes: powers(32, 2048), spec: (size) => growthSpec(`width-${size}`, [size, size, size, 10], 50) },
  {
    name: "depth",
    sizes: powers(1, 32),
    spec: (size) => growthSpec(`depth-${size}`, [128, ...Array.from({ length: size }, () => 128), 10], 50),
  },
];

/** The operations of a step: each layer has a product forwards, one for its kernel's gradient, and, except the first, one for its input's. */
const flopsOf = ({ sizes, batch }: Spec): number =>
  sizes.slice(1).reduce((total, units, index) => total + (index === 0 ? 4 : 6) * batch * sizes[index] * units, 0);

/** Measures how the time of a step of ReLU layers and SGD grows with batch, width and depth. */
export const benchGrowth = async (
  directory: string,
  contenders: readonly Contender[],
  { rounds, milliseconds, budget }: CompareOptions,
): Promise<GrowthResult[]> => {
  const results: GrowthResult[] = [];
  const options = { rounds: Math.ceil(rounds / 2), milliseconds: milliseconds / 2, budget: budget / 4 };
  for (const { name, sizes, spec } of series) {
    for (const size of sizes) {
      const workload = spec(size);
      for (const { contender, seconds, note } of await compare(
        workload,
        writeWorkload(directory, workload),
        contenders,
        options,
      )) {
        if (seconds === undefined) {
          console.error(`H, ${name} ${size}, ${contender}: ${note}`);
          continue;
        }
        results.push({ series: name, size, contender, seconds, gflops: flopsOf(workload) / seconds / 1e9 });
      }
    }
  }
  return results;
};

export const printGrowth = (results: readonly GrowthResult[]): string => {
  const rows = results.map(({ series, size, contender, seconds, gflops }) => {
    const isBefore = (other: GrowthResult): boolean =>
      other.contender === contender && other.series === series && other.size === size / 2;
    const before = results.find(isBefore);
    const growth = before ? (seconds / before.seconds).toFixed(2) : "";
    return [series, String(size), contender, (seconds * 1e6).toFixed(1), growth, gflops.toFixed(1)];
  });
  const head = ["growing", "size", "contender", "µs a step", "× the size before", "GFLOP/s"];
  const title = "H  784-300-100-10 with growing batch; n-n-n-10 at batch 50; 128-128-...-10 at batch 50 (ReLU, SGD)";
  return `${title}\n${formatTable(head, rows)}`;
};
