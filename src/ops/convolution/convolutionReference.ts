import type { TypedArray } from "../../tensor/dtype.ts";
import type { Geometry } from "./geometry.ts";

/** A position among the outputs, the position of the images that an element of the kernel meets there (−1 in the padding), and the element. */
type Visit = (output: number, position: number, element: number) => void;

/** Every element of the kernel at each of its positions. */
const forEachElement = (g: Geometry, visit: Visit): void => {
  let output = 0;
  for (let row = 0; row < g.rows; row++)
    for (let outY = 0; outY < g.outHeight; outY++)
      for (let outX = 0; outX < g.outWidth; outX++, output++)
        for (let kernelY = 0, element = 0; kernelY < g.kernelHeight; kernelY++)
          for (let kernelX = 0; kernelX < g.kernelWidth; kernelX++, element++) {
            const y = outY * g.strides[0] - g.top + kernelY * g.dilation[0];
            const x = outX * g.strides[1] - g.left + kernelX * g.dilation[1];
            const isInside = y >= 0 && y < g.height && x >= 0 && x < g.width;
            visit(output, isInside ? (row * g.height + y) * g.width + x : -1, element);
          }
};

/** Every element of the kernel that meets a position of the images, and at which output; −1 for one beyond the outputs. */
const forEachPosition = (g: Geometry, visit: Visit): void => {
  let position = 0;
  for (let row = 0; row < g.rows; row++)
    for (let y = 0; y < g.height; y++)
      for (let x = 0; x < g.width; x++, position++)
        for (let kernelY = 0, element = 0; kernelY < g.kernelHeight; kernelY++)
          for (let kernelX = 0; kernelX < g.kernelWidth; kernelX++, element++) {
            const outY = (y + g.top - kernelY * g.dilation[0]) / g.strides[0];
            const outX = (x + g.left - kernelX * g.dilation[1]) / g.strides[1];
            if (!Number.isInteger(outY) || !Number.isInteger(outX)) continue;
            const isInside = outY >= 0 && outY < g.outHeight && outX >= 0 && outX < g.outWidth;
            visit(isInside ? (row * g.outHeight + outY) * g.outWidth + outX : -1, position, element);
          }
};

/** Every pair of a channel and a filter of one group: the channel, its place in the kernel, and the filter. */
const forEachPair = (g: Geometry, visit: (channel: number, inner: number, filter: number) => void): void => {
  const [depth, width] = [g.channels / g.groups, g.filters / g.groups];
  for (let group = 0; group < g.groups; group++)
    for (let inner = 0; inner < depth; inner++)
      for (let index = 0; index < width; index++) visit(group * depth + inner, inner, group * width + index);
};

/** A number of an image, or of the padding: zero, which still is multiplied. */
const at = (values: TypedArray, position: number, length: number, index: number): number =>
  position < 0 ? 0 : values[position * length + index];

/** y = x * kernel. @internal */
export const referenceForward = (x: TypedArray, kernel: TypedArray, y: TypedArray, g: Geometry): void => {
  const depth = g.channels / g.groups;
  const sums = new Float64Array(y.length);
  forEachElement(g, (output, position, element) =>
    forEachPair(g, (channel, inner, filter) => {
      sums[output * g.filters + filter] +=
        at(x, position, g.channels, channel) * kernel[(element * depth + inner) * g.filters + filter];
    }),
  );
  y.set(sums);
};

/** dx from dy and the kernel. @internal */
export const referenceInputGradient = (dy: TypedArray, kernel: TypedArray, dx: TypedArray, g: Geometry): void => {
  const depth = g.channels / g.groups;
  const sums = new Float64Array(dx.length);
  forEachPosition(g, (output, position, element) =>
    forEachPair(g, (channel, inner, filter) => {
      sums[position * g.channels + channel] +=
        at(dy, output, g.filters, filter) * kernel[(element * depth + inner) * g.filters + filter];
    }),
  );
  dx.set(sums);
};

/** dKernel from x and dy. @internal */
export const referenceKernelGradient = (x: TypedArray, dy: TypedArray, dKernel: TypedArray, g: Geometry): void => {
  const depth = g.channels / g.groups;
  const sums = new Float64Array(dKernel.length);
  forEachElement(g, (output, position, element) =>
    forEachPair(g, (channel, inner, filter) => {
      sums[(element * depth + inner) * g.filters + filter] +=
        at(x, position, g.channels, channel) * dy[output * g.filters + filter];
    }),
  );
  dKernel.set(sums);
};
