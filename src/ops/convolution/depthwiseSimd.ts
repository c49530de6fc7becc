import { depthwise } from "../../wasm/convolution/depthwiseKernel.ts";
import { layoutTable, type PatchLayout } from "../../wasm/convolution/patches.ts";
import { blockDepth } from "../../wasm/matmul/matmulKernel.ts";
import { blocksOf, type Call, phasesOf } from "./convolutionSimd.ts";
import type { Geometry } from "./geometry.ts";

/**
 * Whether each channel has one kernel of its own, for which there is a kernel with channels in lanes. Its sums have one block: larger kernels, and
 * several filters for each channel, are products of patches.
 */
export const isDepthwise = ({ groups, channels, filters, kernelHeight, kernelWidth }: Geometry): boolean =>
  groups === channels && filters === channels && blockDepth(kernelHeight * kernelWidth) === kernelHeight * kernelWidth;

/** y = x * kernel, plus the bias where its address is not 0. @internal */
export const depthwiseForward = (
  { link, ints }: Call,
  g: Geometry,
  x: number,
  kernel: number,
  bias: number,
  y: number,
): void => {
  const lines = g.rows * g.outHeight;
  if (lines * g.outWidth * g.channels === 0) return;
  const pixel = g.channels * 4;
  const elements = g.kernelHeight * g.kernelWidth;
  const table = ints([
    ...layoutTable({ ...g, depth: g.channels }),
    ...[g.kernelHeight, g.kernelWidth, ...g.dilation],
    ...[pixel, g.outWidth * pixel, g.outHeight * g.outWidth * pixel],
    ...Array.from({ length: elements }, (_, element) => element * pixel),
  ]);
  link(depthwise).multiply(x, table, kernel, y, bias, 0, lines, g.outWidth * elements * g.channels);
};

/** dx from dy and the kernel: for each phase of the strides a convolution of dy. @internal */
export const depthwiseInputGradient = (
  { link, ints }: Call,
  g: Geometry,
  dy: number,
  kernel: number,
  dx: number,
): void => {
  const pixel = g.channels * 4;
  const [strideY, strideX] = g.strides;
  const { multiply } = link(depthwise);
  if (g.rows * g.channels === 0) return;
  for (const y of phasesOf(g.height, g.top, g.kernelHeight, strideY, g.dilation[0])) {
    for (const x of phasesOf(g.width, g.left, g.kernelWidth, strideX, g.dilation[1])) {
      const offsets = y.elements.flatMap((ky) => x.elements.map((kx) => (ky * g.kernelWidth + kx) * pixel));
      const layout: PatchLayout = {
        ...{ height: g.outHeight, width: g.outWidth, outHeight: y.count, outWidth: x.count },
        ...{ strides: [1, 1], dilation: [y.step, x.step], top: -y.output, left: -x.output },
        ...{ kernelHeight: y.elements.length, kernelWidth: x.elements.length, depth: g.channels, channels: g.channels },
      };
      const table = ints([
        ...layoutTable(layout),
        ...[layout.kernelHeight, layout.kernelWidth, ...layout.dilation],
        ...[strideX * pixel, strideY * g.width * pixel, g.height * g.width * pixel],
        ...offsets,
      ]);
      const first = dx + (y.first * g.width + x.first) * pixel;
      multiply(dy, table, kernel, first, 0, 0, g.rows * y.count, x.count * offsets.length * g.channels);
    }
  }
};

/** dKernel from x and dy. @internal */
export const depthwiseKernelGradient = (
  { link, ints }: Call,
  g: Geometry,
  x: number,
  dy: number,
  dKernel: number,
): void => {
  const elements = g.kernelHeight * g.kernelWidth;
  if (g.channels === 0) return;
  // Without outputs the only block is empty, and its place means nothing.
  const [outHeight, outWidth] = [Math.max(g.outHeight, 1), Math.max(g.outWidth, 1)];
  const table = ints([
    ...layoutTable({ ...g, outHeight, outWidth, depth: g.channels }),
    ...[g.kernelHeight, g.kernelWidth, ...g.dilation],
  ]);
  const { correlate } = link(depthwise);
  for (const [start, steps] of blocksOf(g.rows * g.outHeight * g.outWidth)) {
    const line = Math.floor(start / outWidth);
    const from = dy + start * g.channels * 4;
    correlate(x, table, from, dKernel, 0, elements, steps * g.channels, line, start - line * outWidth, steps, start);
  }
};
