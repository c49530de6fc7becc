import { matmulPrimitive } from "../../src/ops/matmul/matrixProduct.ts";
import { getBackend, link } from "../../src/tensor/interpret/backend.ts";
import { arena } from "../../src/tensor/memory/arena.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { matmulWorkspaceBytes, matmul as multiply, wholeProduct } from "../../src/wasm/matmul/matmulKernel.ts";
import { type Contender, measure, median } from "./measure.ts";
import { measurePeak, peak } from "./peak.ts";
import { formatTable } from "./table.ts";

interface Shape {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const square = (size: number): Shape => ({ name: `${size} square`, m: size, n: size, k: size });

/** The products of a step of 784-300-100-10 at batch 50: forwards, and for the gradients of weights and activations. */
const network: readonly Shape[] = [
  { name: "layer 1 forward", m: 50, k: 784, n: 300 },
  { name: "layer 1 dW = Xᵀ·dY", m: 784, k: 50, n: 300, transposeA: true },
  { name: "layer 2 forward", m: 50, k: 300, n: 100 },
  { name: "layer 2 dW = Xᵀ·dY", m: 300, k: 50, n: 100, transposeA: true },
  { name: "layer 2 dX = dY·Wᵀ", m: 50, k: 100, n: 300, transposeB: true },
  { name: "layer 3 forward", m: 50, k: 100, n: 10 },
  { name: "layer 3 dW = Xᵀ·dY", m: 100, k: 50, n: 10, transposeA: true },
  { name: "layer 3 dX = dY·Wᵀ", m: 50, k: 10, n: 100, transposeB: true },
];

/** Predictions for a few rows, where preparing the weights takes a large part of the time. */
const fewRows: readonly Shape[] = [1, 4, 16].map((m) => ({
  name: `layer 1 forward, batch ${m}`,
  m,
  k: 784,
  n: 300,
}));

const transposes: readonly Shape[] = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({
    name: `256 square ${transposeA ? "Aᵀ" : "A"}·${transposeB ? "Bᵀ" : "B"}`,
    m: 256,
    n: 256,
    k: 256,
    transposeA,
    transposeB,
  })),
);

/** The largest size for plain loops, which are too slow above it. */
const largestForLoops = 256;

/** Small products are measured several at a time: reading the clock takes a twentieth of the smallest. */
const repeatsOf = ({ m, n, k }: Shape): number => Math.ceil(5e5 / (m * n * k));

const repeated = ({ name, run }: Contender, times: number): Contender => ({
  name,
  run: () => {
    for (let time = 0; time < times; time++) run();
  },
});

const randomArray = (size: number): Float32Array => Float32Array.from({ length: size }, () => Math.random() - 0.5);

const tripleLoop = (
  { m, n, k, transposeA, transposeB }: Shape,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
): void => {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
      c[i * n + j] = sum;
    }
  }
};

const contendersFor = (shape: Shape): Contender[] => {
  const { m, n, k, transposeA = false, transposeB = false } = shape;
  const [a, b, c] = [randomArray(m * k), randomArray(k * n), new Float32Array(m * n)];
  const [aAt, bAt, cAt] = [a, b, c].map((operand) => arena.allocate(operand.byteLength));
  const problem = wholeProduct({ m, n, k, transposeA, transposeB }, aAt, bAt, cAt);
  const workspace = arena.allocate(matmulWorkspaceBytes(problem));
  heap().f32.set(a, problem.a / 4);
  heap().f32.set(b, problem.b / 4);
  const types = [a, b].map((_, index) => ({
    shape: index === 0 ? (transposeA ? [k, m] : [m, k]) : transposeB ? [n, k] : [k, n],
    dtype: "float32" as const,
  }));
  const reference = matmulPrimitive.reference!;
  const call = {
    inputs: [a, b],
    outputs: [c],
    inputTypes: types.map((type) => ({ ...type, axes: type.shape })),
    outputTypes: [{ shape: [m, n], dtype: "float32" as const }],
    attributes: { transposeA, transposeB },
  };
  const loops: Contender[] = [
    { name: "loop", run: () => tripleLoop(shape, a, b, c) },
    { name: "reference", run: () => reference(call) },
  ];
  const simd: Contender = { name: getBackend(), run: () => multiply(link, problem, workspace) };
  return Math.max(m, n, k) <= largestForLoops || m * n * k < 2e7 ? [...loops, simd] : [simd];
};

export interface MatmulResult {
  readonly shape: string;
  readonly size: string;
  readonly kernel: string;
  readonly gflops: number;
  /** The fraction of the peak, which is measured before and after the product. */
  readonly fraction: number;
}

/** Matrix products in GFLOP/s and as a fraction of what a register-only loop of the same instructions reaches. */
export const benchMatmul = async (quick: boolean): Promise<MatmulResult[]> => {
  const results: MatmulResult[] = [];
  const kernels = link(peak);
  for (const shape of [64, 128, 256, 512, 1024].map(square).concat(network, fewRows, transposes)) {
    const mark = arena.mark();
    const repeats = repeatsOf(shape);
    const contenders = contendersFor(shape).map((contender) => repeated(contender, repeats));
    const peaks = [measurePeak(kernels)];
    const measurements = await measure(contenders, { rounds: quick ? 3 : 7, time: quick ? 10 : 30 });
    peaks.push(measurePeak(kernels));
    arena.release(mark);
    const { m, n, k } = shape;
    for (const { name, seconds } of measurements) {
      const flops = (2 * m * n * k * repeats) / seconds;
      results.push({
        shape: shape.name,
        size: `${m}x${k}·${k}x${n}`,
        kernel: name,
        gflops: flops / 1e9,
        fraction: flops / median(peaks),
      });
    }
  }
  return results;
};

export const printMatmul = (results: readonly MatmulResult[]): string =>
  formatTable(
    ["matrix product", "sizes", "kernel", "GFLOP/s", "of peak"],
    results.map(({ shape, size, kernel, gflops, fraction }) => [
      shape,
      size,
      kernel,
      gflops.toFixed(2),
      `${(100 * fraction).toFixed(0)} %`,
    ]),
  );
