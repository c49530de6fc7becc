import { describe, expect, test } from "vitest";
import { valueAndGrad } from "../../../src/autograd/grad.ts";
import { compile } from "../../../src/index.ts";
import { type Conv2dOptions, conv2d } from "../../../src/ops/convolution/conv2d.ts";
import { forward, inputGradientSimd, kernelGradientSimd } from "../../../src/ops/convolution/convolutionSimd.ts";
import { type Geometry, geometryOf, windowOf } from "../../../src/ops/convolution/geometry.ts";
import { add, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { matmul } from "../../../src/ops/matmul/matmul.ts";
import { randomUniform } from "../../../src/ops/random/distributions.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { reshape } from "../../../src/ops/shape/reshape.ts";
import { slice } from "../../../src/ops/shape/slice.ts";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { sameBits, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

const simdBackends = availableBackends().filter((backend) => backend !== "reference");
const numbers = (shape: Shape, seed: number): Tensor => randomUniform(shape, { min: -1, max: 1, seed });

/** Images, kernel, options: inner blocks, edges of tiles, more columns than are packed at once. */
const convolutions: readonly (readonly [x: Shape, kernel: Shape, options: Conv2dOptions])[] = [
  [[2, 7, 8, 32], [3, 3, 32, 13], {}],
  [[3, 13, 11, 1], [3, 3, 1, 32], { padding: "same" }],
  [[1, 5, 3, 2], [1, 1, 2, 600], {}],
  [
    [2, 12, 9, 5],
    [3, 2, 5, 7],
    {
      strides: [2, 3],
      dilation: [2, 1],
      padding: [
        [3, 0],
        [1, 4],
      ],
    },
  ],
  [[2, 9, 9, 3], [2, 3, 3, 8], { dilation: [1, 2], padding: "same" }],
  // Blocks of k are rows of the kernel, which lie outside of the images at some positions.
  [[3, 7, 8, 16], [3, 3, 16, 64], {}],
  [[2, 6, 7, 64], [3, 3, 64, 13], { padding: "same" }],
  [
    [2, 2, 3, 64],
    [3, 3, 64, 64],
    {
      padding: [
        [4, 3],
        [1, 1],
      ],
    },
  ],
];

const geometry = (x: Shape, kernel: Shape, options: Conv2dOptions): Geometry =>
  geometryOf("test", x, kernel, windowOf(options, options.groups ?? 1));

/** The patches of images, one in each row. */
const patchesOf = (x: Tensor, g: Geometry): Tensor => {
  const { data } = x;
  const values: number[] = [];
  for (let row = 0; row < g.rows; row++)
    for (let outY = 0; outY < g.outHeight; outY++)
      for (let outX = 0; outX < g.outWidth; outX++)
        for (let a = 0; a < g.kernelHeight; a++)
          for (let b = 0; b < g.kernelWidth; b++)
            for (let channel = 0; channel < g.channels; channel++) {
              const y = outY * g.strides[0] - g.top + a * g.dilation[0];
              const x = outX * g.strides[1] - g.left + b * g.dilation[1];
              const isInside = y >= 0 && y < g.height && x >= 0 && x < g.width;
              values.push(isInside ? data[((row * g.height + y) * g.width + x) * g.channels + channel] : 0);
            }
  const length = g.kernelHeight * g.kernelWidth * g.channels;
  return tensor(Float32Array.from(values), { shape: [values.length / length, length] });
};

/** The kernel turned by 180°, with filters and channels exchanged. */
const turned = (kernel: Tensor): Tensor => {
  const [height, width, depth, filters] = kernel.shape;
  const { data } = kernel;
  const values = new Float32Array(data.length);
  for (let element = 0; element < height * width; element++)
    for (let channel = 0; channel < depth; channel++)
      for (let filter = 0; filter < filters; filter++)
        values[((height * width - 1 - element) * filters + filter) * depth + channel] =
          data[(element * depth + channel) * filters + filter];
  return tensor(values, { shape: [height * width * filters, depth] });
};

const gradients = (x: Tensor, kernel: Tensor, dy: Tensor, options: Conv2dOptions): readonly [Tensor, Tensor] =>
  valueAndGrad((x: Tensor, kernel: Tensor) => sum(mul(conv2d(x, kernel, options), dy)))(x, kernel)[1] as readonly [
    Tensor,
    Tensor,
  ];

describe.each(simdBackends)("on %s", (backend) => {
  test.each(convolutions)(
    "conv2d of %j and %j with %j has the bits of the product with whole patches",
    (xs, ks, options) => {
      onBackend(backend, () => {
        const [x, kernel] = [numbers(xs, 1), numbers(ks, 2)];
        const g = geometry(xs, ks, options);
        const patches = patchesOf(x, g);
        const y = conv2d(x, kernel, options);
        expect(sameBits(y, reshape(matmul(patches, reshape(kernel, [-1, g.filters])), y.shape))).toBe(true);
        const dy = numbers(y.shape, 3);
        const [dx, dKernel] = gradients(x, kernel, dy, options);
        const product = matmul(patches, reshape(dy, [-1, g.filters]), { transposeA: true });
        expect(sameBits(dKernel, reshape(product, ks))).toBe(true);
        // With strides 1 the gradient of the images is the convolution of dy with the turned kernel.
        if (g.strides[0] * g.strides[1] !== 1) return;
        const back: Geometry = {
          ...g,
          ...{ height: g.outHeight, width: g.outWidth, outHeight: g.height, outWidth: g.width, channels: g.filters },
          ...{ top: (g.kernelHeight - 1) * g.dilation[0] - g.top, left: (g.kernelWidth - 1) * g.dilation[1] - g.left },
        };
        expect(sameBits(dx, reshape(matmul(patchesOf(dy, back), turned(kernel)), xs))).toBe(true);
      });
    },
  );

  test("rows of a kernel outside of the images change neither zeros with a sign nor what is not finite", () => {
    onBackend(backend, () => {
      const options: Conv2dOptions = { padding: "same" };
      const shape: Shape = [3, 3, 64, 9];
      const product = (x: Tensor, kernel: Tensor): Tensor =>
        matmul(patchesOf(x, geometry(x.shape, shape, options)), reshape(kernel, [-1, 9]));
      const expectSame = (x: Tensor, kernel: Tensor): Tensor => {
        const y = conv2d(x, kernel, options);
        const expected = product(x, kernel).data;
        expect(y.data.every((value, index) => Object.is(value, expected[index]))).toBe(true);
        return y;
      };
      // Their products round to −0 where they are fused with the additions.
      const filled = (sizes: Shape, value: number): Tensor =>
        tensor(new Float32Array(sizes.reduce((a, b) => a * b)).fill(value), { shape: sizes });
      expectSame(filled([2, 5, 4, 64], 1e-30), filled(shape, -1e-30));
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        for (const row of [0, 1, 2]) {
          const values = Float32Array.from(numbers(shape, 2).data);
          values[row * 3 * 64 * 9 + 4] = value;
          const y = expectSame(numbers([2, 5, 4, 64], 1), tensor(values, { shape }));
          // The padding is multiplied too.
          if (row === 0) expect(y.data[4]).toBeNaN();
        }
      }
    });
  });

  test("an image has the same bits alone as in a batch, with strides and groups", () => {
    onBackend(backend, () => {
      const cases: readonly (readonly [Shape, Shape, number])[] = [
        [[5, 11, 10, 6], [3, 4, 3, 8], 2],
        [[5, 11, 10, 6], [3, 4, 1, 6], 6],
      ];
      for (const [xs, ks, groups] of cases) {
        const options: Conv2dOptions = { strides: [2, 3], dilation: [1, 2], padding: "same", groups };
        const [x, kernel] = [numbers(xs, 1), numbers(ks, 2)];
        const y = conv2d(x, kernel, options);
        const dy = numbers(y.shape, 3);
        const [dx] = gradients(x, kernel, dy, options);
        const image = (from: Tensor): Tensor => slice(from, [3, 0, 0, 0], [1, ...from.shape.slice(1)]);
        expect(sameBits(conv2d(image(x), kernel, options), image(y))).toBe(true);
        expect(sameBits(gradients(image(x), kernel, image(dy), options)[0], image(dx))).toBe(true);
      }
    });
  });

  test("channels by themselves have the bits of products with their patches", () => {
    onBackend(backend, () => {
      const options: Conv2dOptions = { strides: [1, 2], dilation: [2, 1], padding: "same", groups: 23 };
      const [x, kernel, bias] = [numbers([3, 12, 19, 23], 1), numbers([3, 3, 1, 23], 2), numbers([23], 4)];
      const g = geometry(x.shape, kernel.shape, options);
      const y = conv2d(x, kernel, options);
      expect(sameBits(conv2d(x, kernel, { ...options, bias }), add(y, bias))).toBe(true);
      const dy = numbers(y.shape, 3);
      const [, dKernel] = gradients(x, kernel, dy, options);
      for (const channel of [0, 15, 16, 19, 20, 22]) {
        const own = (from: Tensor): Tensor => slice(from, [0, 0, 0, channel], [...from.shape.slice(0, 3), 1]);
        const patches = patchesOf(own(x), { ...g, channels: 1 });
        const product = matmul(patches, reshape(own(kernel), [9, 1]));
        expect(sameBits(own(y), reshape(product, own(y).shape)), `y, channel ${channel}`).toBe(true);
        // The positions take two blocks.
        const gradient = matmul(patches, reshape(own(dy), [-1, 1]), { transposeA: true });
        expect(sameBits(own(dKernel), reshape(gradient, [3, 3, 1, 1])), `dKernel, channel ${channel}`).toBe(true);
      }
    });
  });

  test("a bias gives the bits of an addition afterwards", () => {
    onBackend(backend, () => {
      const [x, kernel, bias] = [numbers([2, 9, 8, 32], 1), numbers([3, 3, 32, 10], 2), numbers([10], 3)];
      expect(sameBits(conv2d(x, kernel, { bias }), add(conv2d(x, kernel), bias))).toBe(true);
    });
  });

  test("a compiled step computes a convolution and its gradients with the same bits on new data", () => {
    onBackend(backend, () => {
      const options: Conv2dOptions = { strides: 2, padding: "same" };
      const step = (x: Tensor, kernel: Tensor): readonly Tensor[] => {
        const [value, gradient] = valueAndGrad((x: Tensor, kernel: Tensor) => {
          const y = conv2d(x, kernel, options);
          return sum(mul(y, y));
        })(x, kernel);
        return [value, ...(gradient as readonly Tensor[])];
      };
      const compiled = compile(step);
      for (const seed of [1, 3, 5]) {
        const inputs = [numbers([3, 9, 8, 6], seed), numbers([3, 3, 6, 9], seed + 1)] as const;
        const expected = step(...inputs);
        compiled(...inputs).forEach((result, index) => {
          expect(sameBits(result, expected[index]), `result ${index}`).toBe(true);
        });
      }
    });
  });
});

test("a convolution needs at most 2 MB of workspace, whatever its sizes", () => {
  const calls: string[] = [];
  const run = (body: (call: Parameters<typeof forward>[0]) => void): number => {
    let bytes = 0;
    body({
      link: ((kernel: { name: string }) =>
        new Proxy({}, { get: () => () => calls.push(kernel.name) })) as unknown as Parameters<
        typeof forward
      >[0]["link"],
      workspace: (count) => {
        bytes += count;
        return 0;
      },
      ints: (values) => {
        bytes += values.length * 4;
        return 0;
      },
    });
    return bytes;
  };
  const sizes: readonly (readonly [Shape, Shape, Conv2dOptions])[] = [
    [[64, 224, 224, 64], [3, 3, 64, 64], { padding: "same" }],
    [[8, 512, 512, 3], [7, 7, 3, 2048], { strides: 2 }],
    [[32, 14, 14, 2048], [3, 3, 2048, 2048], { padding: "same", strides: 2 }],
    [[32, 14, 14, 2048], [1, 1, 2048, 512], {}],
    [[1, 2000, 2000, 1], [31, 31, 1, 1], { dilation: 3 }],
  ];
  for (const [x, kernel, options] of sizes) {
    const g = geometry(x, kernel, options);
    for (const body of [forward, inputGradientSimd, kernelGradientSimd]) {
      const bytes = run((call) => (body as typeof inputGradientSimd)(call, g, 0, 0, 0));
      expect(bytes, JSON.stringify([x, kernel])).toBeGreaterThan(0);
      expect(bytes, JSON.stringify([x, kernel])).toBeLessThanOrEqual(2 * 2 ** 20);
    }
  }
  expect(new Set(calls)).toContain("convolution");
});
