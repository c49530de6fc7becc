import type { SimdCall } from "../../tensor/interpret/primitive.ts";
import {
  convolution,
  inPlaceCorrelation,
  packedCorrelation,
  tileRoom,
} from "../../wasm/convolution/convolutionKernel.ts";
import { layoutTable, type PatchLayout, runsOf } from "../../wasm/convolution/patches.ts";
import { blockDepth } from "../../wasm/matmul/matmulKernel.ts";
import { matmulPack } from "../../wasm/matmul/matmulPack.ts";
import type { Geometry } from "./geometry.ts";

/** The parts of a call that convolutions use. */
export type Call = Pick<SimdCall<unknown>, "link" | "workspace" | "ints">;

/** The most columns that are packed together: with 256 rows, half a megabyte. */
const mostColumns = 512;
/** The most units of work, each of which has a room: with the packed columns at most 1.8 MB. */
const mostUnits = 24;
/** Patches that are copied together are a multiple of 5 and of 6 rows, the heights of tiles, and about 32 kB. */
const [rowsOfTiles, patchFloats] = [30, 8192];

/** Bytes of a workspace from its address to what follows, 16-byte aligned. */
const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** The blocks of k of a product: where each begins, and its length. A product without k has an empty one, which writes zeros. */
export const blocksOf = (k: number): readonly (readonly [start: number, steps: number])[] => {
  const depth = Math.max(blockDepth(k), 1);
  return Array.from({ length: Math.max(Math.ceil(k / depth), 1) }, (_, index) => [
    index * depth,
    Math.min(depth, k - index * depth),
  ]);
};

/** Writes rows [start, start + steps) of columns [column, column + columns) of a group's right operand into panels. */
type Pack = (packed: number, group: number, start: number, steps: number, column: number, columns: number) => void;

/** Products of patches with matrices, one for each group, and where their rows go. */
interface PatchProduct {
  readonly images: number;
  readonly rows: number;
  readonly layout: PatchLayout;
  readonly groups: number;
  /** The columns of a matrix. */
  readonly n: number;
  readonly pack: Pack;
  readonly bias: number;
  readonly c: number;
  /** Bytes from result to result along x, along y, and from image to image. */
  readonly cStrides: readonly [x: number, y: number, image: number];
}

/** How a product is cut into units of work, and the bytes that it needs. */
const cutOf = ({ rows, n, layout: { outHeight, outWidth, kernelHeight, kernelWidth, depth: pixel } }: PatchProduct) => {
  const total = rows * outHeight * outWidth;
  const k = kernelHeight * kernelWidth * pixel;
  const depth = blockDepth(k);
  const most = rowsOfTiles * Math.max(1, Math.round(patchFloats / (rowsOfTiles * Math.max(depth, 1))));
  const unitPositions = most * Math.ceil(total / most / mostUnits);
  const units = total > 0 ? Math.ceil(total / unitPositions) : 0;
  const roomBytes = aligned(tileRoom + most * depth * 4);
  const bytes = units * roomBytes + aligned(Math.min(mostColumns, n) * 4 + 12) * depth;
  return { total, k, most, unitPositions, units, roomBytes, bytes };
};

/** Products that follow each other use the same workspace. */
const multiplyPatches = (call: Call, products: readonly PatchProduct[]): void => {
  const room = call.workspace(Math.max(0, ...products.map((product) => cutOf(product).bytes)));
  for (const product of products) multiplyOne(call, product, room);
};

const multiplyOne = ({ link, ints }: Call, product: PatchProduct, room: number): void => {
  const { images, layout, groups, n, pack, bias, c, cStrides } = product;
  const { total, k, most, unitPositions, units, roomBytes } = cutOf(product);
  if (total === 0 || n === 0) return;
  const { outHeight, outWidth, depth } = layout;
  const packed = room + units * roomBytes;
  const isByRow = cStrides[1] === outWidth * cStrides[0] && cStrides[2] === outHeight * cStrides[1] ? 0 : 1;
  const blocks = blocksOf(k);
  const runs = blocks.map(([start, steps]) => runsOf(layout, start, steps));
  const words = [...layoutTable(layout), ...cStrides, unitPositions, total, most, isByRow];
  const table = ints([...words, ...runs.flat()]);
  const { convolve } = link(convolution);
  for (let group = 0; group < groups; group++) {
    let runsAt = table + words.length * 4;
    blocks.forEach(([start, steps], index) => {
      const runsEnd = runsAt + runs[index].length * 4;
      for (let column = 0; column < n; column += mostColumns) {
        const columns = Math.min(mostColumns, n - column);
        const shift = (group * n + column) * 4;
        if (steps > 0) pack(packed, group, start, steps, column, columns);
        convolve(
          ...[images + group * depth * 4, table, runsAt, runsEnd, packed, c + shift, room, 0, units, roomBytes],
          ...[unitPositions * steps * columns, start, bias && start + steps >= k ? bias + shift : 0, steps, columns],
        );
      }
      runsAt = runsEnd;
    });
  }
};

/** y = x * kernel, plus the bias where its address is not 0. @internal */
export const forward = (call: Call, g: Geometry, x: number, kernel: number, bias: number, y: number): void => {
  const n = g.filters / g.groups;
  const { rows } = call.link(matmulPack);
  const stride = g.filters * 4;
  const pack: Pack = (packed, group, start, steps, column, columns) =>
    rows(kernel + start * stride + (group * n + column) * 4, packed, steps, columns, stride);
  multiplyPatches(call, [
    {
      ...{
        images: x,
        rows: g.rows,
        layout: { ...g, depth: g.channels / g.groups },
        groups: g.groups,
        n,
        pack,
        bias,
        c: y,
      },
      cStrides: [stride, g.outWidth * stride, g.outHeight * g.outWidth * stride],
    },
  ]);
};

/** Positions of the images along an axis that the same elements of the kernel meet: every `stride`-th. */
interface Phase {
  readonly first: number;
  readonly count: number;
  /** These elements of the kernel, in descending order: their outputs ascend. */
  readonly elements: readonly number[];
  /** The output that the first element meets at the first position, and the distance to that of the next element. */
  readonly output: number;
  readonly step: number;
}

export const phasesOf = (
  length: number,
  before: number,
  size: number,
  stride: number,
  dilation: number,
): readonly Phase[] =>
  Array.from({ length: Math.min(stride, length) }, (_, first) => {
    const meets = (element: number): boolean => (first + before - element * dilation) % stride === 0;
    const elements = Array.from({ length: size }, (_, index) => size - 1 - index).filter(meets);
    const [last, next] = elements;
    return {
      first,
      count: Math.ceil((length - first) / stride),
      elements,
      output: elements.length > 0 ? (first + before - last * dilation) / stride : 0,
      step: elements.length > 1 ? ((last - next) * dilation) / stride : 1,
    };
  });

/** dx from dy and the kernel: for each phase of the strides a convolution of dy. @internal */
export const inputGradientSimd = (call: Call, g: Geometry, dy: number, kernel: number, dx: number): void => {
  const [n, depth] = [g.channels / g.groups, g.filters / g.groups];
  const { columns: packColumns } = call.link(matmulPack);
  const [strideY, strideX] = g.strides;
  const [pixel, filterBytes] = [g.channels * 4, g.filters * 4];
  const down = phasesOf(g.height, g.top, g.kernelHeight, strideY, g.dilation[0]);
  const across = phasesOf(g.width, g.left, g.kernelWidth, strideX, g.dilation[1]);
  /** The kernel's elements one by one, each transposed; a panel of 8 columns at a time, as the parts of a panel follow each other. */
  const packElements =
    (elements: readonly number[]): Pack =>
    (packed, group, start, steps, column, columns) => {
      for (let at = start; at < start + steps; ) {
        const index = Math.floor(at / depth);
        const filter = at - index * depth;
        const count = Math.min(depth - filter, start + steps - at);
        const from = kernel + (elements[index] * n + column) * filterBytes + (group * depth + filter) * 4;
        for (let panel = 0; panel < columns; panel += 8) {
          const width = Math.min(8, columns - panel);
          const to = packed + panel * steps * 4 + (at - start) * (width > 4 ? 32 : 16);
          packColumns(from + panel * filterBytes, to, count, width, filterBytes);
        }
        at += count;
      }
    };
  const phases = down.flatMap((y) => across.map((x) => [y, x] as const));
  multiplyPatches(
    call,
    phases.map(([y, x]) => ({
      ...{ images: dy, rows: g.rows, groups: g.groups, n, bias: 0 },
      layout: {
        ...{ height: g.outHeight, width: g.outWidth, outHeight: y.count, outWidth: x.count },
        ...{ strides: [1, 1], dilation: [y.step, x.step], top: -y.output, left: -x.output },
        ...{ kernelHeight: y.elements.length, kernelWidth: x.elements.length, depth, channels: g.filters },
      },
      pack: packElements(y.elements.flatMap((ky) => x.elements.map((kx) => ky * g.kernelWidth + kx))),
      c: dx + (y.first * g.width + x.first) * pixel,
      cStrides: [strideX * pixel, strideY * g.width * pixel, g.height * g.width * pixel],
    })),
  );
};

/** The most rows of the gradient with which packing dy takes longer than reading it in place. */
const mostRowsInPlace = 16;

/** dKernel from x and dy. @internal */
export const kernelGradientSimd = (call: Call, g: Geometry, x: number, dy: number, dKernel: number): void => {
  const { link, workspace, ints } = call;
  const [depth, n] = [g.channels / g.groups, g.filters / g.groups];
  const layout: PatchLayout = { ...g, depth };
  const m = g.kernelHeight * g.kernelWidth * depth;
  const positions = g.rows * g.outHeight * g.outWidth;
  if (m === 0 || n === 0) return;
  const most = Math.min(rowsOfTiles, m);
  const turns = Math.ceil(m / most);
  const perUnit = Math.ceil(turns / mostUnits);
  const units = Math.ceil(turns / perUnit);
  const roomBytes = aligned(tileRoom + most * blockDepth(positions) * 4);
  const inPlace = m <= mostRowsInPlace && n >= 8;
  const room = workspace(units * roomBytes);
  const packed = workspace(aligned(Math.min(mostColumns, n) * 4 + 12) * blockDepth(positions));
  const runs = Array.from({ length: turns }, (_, turn) => runsOf(layout, turn * most, Math.min(most, m - turn * most)));
  const head = [...layoutTable(layout), g.filters * 4, m, most, perUnit];
  const offsets: number[] = [(head.length + turns + 1) * 4];
  for (const words of runs) offsets.push(offsets[offsets.length - 1] + words.length * 4);
  const table = ints([...head, ...offsets, ...runs.flat()]);
  const stride = g.filters * 4;
  const pack = link(matmulPack);
  const { correlate } = link(inPlace ? inPlaceCorrelation : packedCorrelation);
  const width = inPlace ? n : mostColumns;
  for (let group = 0; group < g.groups; group++) {
    for (const [start, steps] of blocksOf(positions)) {
      for (let column = 0; column < n; column += width) {
        const columns = Math.min(width, n - column);
        const from = (group * n + column) * 4;
        const right = dy + start * stride + from;
        if (!inPlace && steps > 0) pack.rows(right, packed, steps, columns, stride);
        correlate(
          ...[x + group * depth * 4, table, inPlace ? right : packed, stride, dKernel + from],
          ...[room, 0, units, roomBytes, perUnit * most * steps * columns, start, steps, columns, start],
        );
      }
    }
  }
};
