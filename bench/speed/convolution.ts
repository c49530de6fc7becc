import { forward, inputGradientSimd, kernelGradientSimd } from "../../src/ops/convolution/convolutionSimd.ts";
import { geometryOf } from "../../src/ops/convolution/geometry.ts";
import { getBackend, link } from "../../src/tensor/interpret/backend.ts";
import { arena } from "../../src/tensor/memory/arena.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { type Contender, measure, median } from "./measure.ts";
import { measurePeak, peak } from "./peak.ts";
import { formatTable } from "./table.ts";

type Sizes = readonly [number, number, number, number];

/** Convolutions: the two of a small network for MNIST at batch 50, and one with strides. */
const convolutions: readonly {
  readonly name: string;
  readonly x: Sizes;
  readonly kernel: Sizes;
  readonly strides?: number;
  readonly padding?: "same";
  /** The images are data: no step computes their gradient. */
  readonly isFirst?: boolean;
}[] = [
  { name: "first convolution", x: [50, 28, 28, 1], kernel: [3, 3, 1, 32], isFirst: true },
  { name: "second convolution", x: [50, 13, 13, 32], kernel: [3, 3, 32, 64] },
  { name: "strides 2, same", x: [16, 28, 28, 64], kernel: [3, 3, 64, 64], strides: 2, padding: "same" },
];

export interface ConvolutionResult {
  readonly name: string;
  readonly size: string;
  readonly kernel: string;
  readonly gflops: number;
  /** The fraction of the peak, which is measured before and after. */
  readonly fraction: number;
}

/** Convolutions and their gradients in GFLOP/s and as a fraction of the peak; zeros of the padding count as work. */
export const benchConvolution = async (quick: boolean): Promise<ConvolutionResult[]> => {
  const results: ConvolutionResult[] = [];
  const kernels = link(peak);
  for (const { name, x, kernel, strides = 1, padding = "valid", isFirst } of convolutions) {
    const mark = arena.mark();
    const window = { strides: [strides, strides], dilation: [1, 1], padding, groups: 1 } as const;
    const g = geometryOf("bench", x, kernel, window);
    const [height, width, depth, filters] = kernel;
    const outputs = g.rows * g.outHeight * g.outWidth * filters;
    const [images, weights, dy] = [x.reduce((a, b) => a * b), height * width * depth * filters, outputs].map((size) => {
      const address = arena.allocate(size * 4);
      heap().f32.set(
        Float32Array.from({ length: size }, () => Math.random() - 0.5),
        address / 4,
      );
      return address;
    });
    const [y, dx, dKernel] = [outputs, x.reduce((a, b) => a * b), height * width * depth * filters].map((size) =>
      arena.allocate(size * 4),
    );
    const call = {
      link,
      workspace: (bytes: number) => arena.allocate(bytes),
      ints: (values: readonly number[]) => {
        const address = arena.allocate(values.length * 4);
        heap().i32.set(values, address / 4);
        return address;
      },
    };
    const contender = (what: string, body: () => void): Contender => ({
      name: what,
      run: () => {
        const inner = arena.mark();
        body();
        arena.release(inner);
      },
    });
    const contenders = [
      contender("forward", () => forward(call, g, images, weights, 0, y)),
      ...(isFirst ? [] : [contender("dX", () => inputGradientSimd(call, g, dy, weights, dx))]),
      contender("dW", () => kernelGradientSimd(call, g, images, dy, dKernel)),
    ];
    const peaks = [measurePeak(kernels)];
    const measurements = await measure(contenders, { rounds: quick ? 3 : 7, time: quick ? 20 : 60 });
    peaks.push(measurePeak(kernels));
    arena.release(mark);
    for (const { name: what, seconds } of measurements) {
      const flops = (2 * outputs * height * width * depth) / seconds;
      results.push({
        name: `${name}, ${what}`,
        size: `${x.join("x")} * ${kernel.join("x")}`,
        kernel: getBackend(),
        gflops: flops / 1e9,
        fraction: flops / median(peaks),
      });
    }
  }
  return results;
};

export const printConvolution = (results: readonly ConvolutionResult[]): string =>
  formatTable(
    ["convolution", "sizes", "kernel", "GFLOP/s", "of peak"],
    results.map(({ name, size, kernel, gflops, fraction }) => [
      name,
      size,
      kernel,
      gflops.toFixed(2),
      `${(100 * fraction).toFixed(0)} %`,
    ]),
  );
