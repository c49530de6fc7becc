// npx tsx --conditions=gradus-source bench/speed/zeros.ts [--backend simd|relaxed-simd]
// How long products by lists take, as a fraction of the dense product, by the share of A that is not zero: the constants of
// src/wasm/matmul/matmulZeros.ts come from here.
import { parseArgs } from "node:util";
import { type Backend, getBackend, link, setBackend } from "../../src/tensor/interpret/backend.ts";
import { arena } from "../../src/tensor/memory/arena.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { matmul, wholeProduct } from "../../src/wasm/matmul/matmulKernel.ts";
import { matmulByLists, productWorkspaceBytes, skipsZeros } from "../../src/wasm/matmul/matmulZeros.ts";
import { formatTable } from "./table.ts";

const { values } = parseArgs({ options: { backend: { type: "string" } } });
if (values.backend !== undefined) setBackend(values.backend as Backend);

const densities = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
const rounds = 41;

/** Of one way to compute: the time that a quarter of the rounds falls below, since other programs only ever slow rounds down. */
const quarter = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 2];

interface Row {
  readonly ratios: readonly number[];
  /** The time of the decision in that of the dense product, where it is against lists. */
  readonly decision: number;
}

const measureShape = (m: number, n: number, k: number, transposeA: boolean): Row => {
  const mark = arena.mark();
  const [a, b, c] = [m * k, k * n, m * n].map((size) => arena.allocate(4 * size));
  const problem = wholeProduct({ m, n, k, transposeA, transposeB: false }, a, b, c);
  const workspace = arena.allocate(productWorkspaceBytes(problem));
  const { f32 } = heap();
  for (let index = 0; index < k * n; index++) f32[b / 4 + index] = Math.random() - 0.5;
  const repeats = Math.ceil(4e6 / (m * n * k));
  const time = (run: () => void, calls = repeats): number => {
    const start = performance.now();
    for (let call = 0; call < calls; call++) run();
    return performance.now() - start;
  };
  const fill = (density: number): void => {
    for (let index = 0; index < m * k; index++) f32[a / 4 + index] = Math.random() < density ? Math.random() - 0.5 : 0;
  };
  const ratios = densities.map((density) => {
    fill(density);
    const [dense, lists]: number[][] = [[], []];
    for (let round = 0; round < rounds; round++) {
      dense.push(time(() => matmul(link, problem, workspace)));
      lists.push(time(() => matmulByLists(link, problem, workspace)));
    }
    return quarter(lists) / quarter(dense);
  });
  fill(1);
  const [dense, decisions]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    dense.push(time(() => matmul(link, problem, workspace)) / repeats);
    decisions.push(time(() => skipsZeros(link, problem, workspace), 200) / 200);
  }
  arena.release(mark);
  return { ratios, decision: quarter(decisions) / quarter(dense) };
};

const breakEven = (ratios: readonly number[]): string => {
  const above = ratios.findIndex((ratio) => ratio > 1);
  if (above < 0) return `above ${densities[densities.length - 1]}`;
  if (above === 0) return `below ${densities[0]}`;
  const share = (1 - ratios[above - 1]) / (ratios[above] - ratios[above - 1]);
  return (densities[above - 1] + share * (densities[above] - densities[above - 1])).toFixed(2);
};

console.log(`Node ${process.versions.node}, ${getBackend()}: time by lists in that of the dense product\n`);
const rows: string[][] = [];
for (const [m, k, transposeA] of [
  [50, 784, false],
  [784, 50, true],
  [1000, 784, false],
] as const) {
  for (const n of m === 1000 ? [300] : [16, 32, 64, 100, 300]) {
    const { ratios, decision } = measureShape(m, n, k, transposeA);
    const name = transposeA ? `(${k}x${m})ᵀ · ${k}x${n}` : `${m}x${k} · ${k}x${n}`;
    const cells = ratios.map((ratio) => ratio.toFixed(2));
    rows.push([name, ...cells, breakEven(ratios), `${(100 * decision).toFixed(2)} %`]);
  }
}
console.log(formatTable(["product", ...densities.map(String), "break-even", "decision"], rows));
