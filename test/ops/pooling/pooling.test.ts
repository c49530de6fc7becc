import { readFileSync } from "node:fs";
import {
  averagePool1d,
  averagePool2d,
  compile,
  grad,
  type Margins,
  maxPool1d,
  maxPool2d,
  mul,
  randomUniform,
  reshape,
  sum,
  type Tensor,
  tensor,
} from "gradus";
import { describe, expect, test } from "vitest";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { textOf } from "../../autograd/textOf.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Reference {
  readonly kind: "max" | "average" | "countPadding";
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: "same" | readonly [Margins, Margins];
  readonly x: Numbers;
  readonly y: Numbers;
  readonly dy: Numbers;
  readonly dx: Numbers;
}

const { cases } = JSON.parse(readFileSync(new URL("../../references/pooling.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Reference[];
};

const tensorOf = ({ shape, data }: Numbers): Tensor => tensor(Float32Array.from(data), { shape });
const expectClose = (actual: Tensor, { shape, data }: Numbers): void => {
  expect(actual.shape).toEqual(shape);
  expect(actual.data.length).toBe(data.length);
  for (const [index, value] of data.entries()) expect(actual.data[index]).toBeCloseTo(value, 5);
};

const poolOf = ({ kind, poolSize, strides, padding }: Reference): ((x: Tensor) => Tensor) =>
  kind === "max"
    ? (x) => maxPool2d(x, { poolSize, strides, padding })
    : (x) => averagePool2d(x, { poolSize, strides, padding, countPadding: kind === "countPadding" });

describe.each(availableBackends())("on %s", (backend) => {
  test.each(cases.map((reference) => [reference.kind, reference.x.shape, reference.padding, reference] as const))(
    "%s pooling of %j with padding %j has PyTorch's values and gradients",
    (_kind, _shape, _padding, reference) =>
      onBackend(backend, () => {
        const pool = poolOf(reference);
        expectClose(pool(tensorOf(reference.x)), reference.y);
        const dy = tensorOf(reference.dy);
        expectClose(grad((x: Tensor) => sum(mul(pool(x), dy)))(tensorOf(reference.x)), reference.dx);
      }),
  );

  test("the gradient of a maximum goes to the first of equal elements", () =>
    onBackend(backend, () => {
      const x = tensor([2, 7, 7, 7, 1, 7, 0, 0, 0], { shape: [1, 3, 3, 1] });
      const gradient = grad((images: Tensor) => sum(maxPool2d(images, { strides: 1 })));
      // Four windows: three have their first 7 at (0, 1); the window below at the left has it at (1, 0).
      expect(gradient(x).data).toEqual(Float32Array.of(0, 2, 0, 1, 0, 1, 0, 0, 0));
      const same = grad((images: Tensor) => sum(maxPool2d(images, { poolSize: 3 })));
      expect(same(tensor(new Float32Array(9).fill(-Infinity), { shape: [1, 3, 3, 1] })).data).toEqual(
        Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0),
      );
    }));

  test("NaN and infinities come through pooling, and padding is never the maximum", () =>
    onBackend(backend, () => {
      const row = (...values: number[]): Tensor => tensor(values, { shape: [1, values.length, 1] });
      const x = row(NaN, 1, -Infinity, -Infinity, 2, NaN, Infinity, 3);
      expect([...maxPool1d(x).data]).toEqual([NaN, -Infinity, NaN, Infinity]);
      expect([...averagePool1d(x).data]).toEqual([NaN, -Infinity, NaN, Infinity]);
      expect([...maxPool1d(row(-5, -6, -7), { padding: "same" }).data]).toEqual([-5, -7]);
      const gradient = grad((sequences: Tensor) => sum(maxPool1d(sequences, { poolSize: 4 })));
      // The first NaN has the gradient, like the first maximum.
      expect([...gradient(row(3, NaN, 9, NaN)).data]).toEqual([0, 1, 0, 0]);
    }));

  test("pooling has second derivatives", () =>
    onBackend(backend, () => {
      const x = tensor([1, 5, 2, 3], { shape: [1, 2, 2, 1] });
      const cubed = (pool: typeof maxPool2d) => (images: Tensor) =>
        sum(mul(mul(pool(images), pool(images)), pool(images)));
      const second = (pool: typeof maxPool2d) => grad((images: Tensor) => sum(grad(cubed(pool))(images)))(x);
      expect([...second(maxPool2d).data]).toEqual([0, 30, 0, 0]);
      // The mean is 2.75; d²/dx² of its cube, summed over the four elements of the gradient: 6 · 2.75 · 4 / 16.
      expect([...second(averagePool2d).data]).toEqual(new Array(4).fill(4.125));
    }));
});

test("the defaults of pooling are windows of two that do not overlap", () => {
  const x = randomUniform([2, 5, 7, 3], { seed: 1 });
  for (const pool of [maxPool2d, averagePool2d]) {
    const plain = pool(x, { poolSize: [2, 2], strides: [2, 2], padding: "valid" });
    expect(plain.shape).toEqual([2, 2, 3, 3]);
    expect(pool(x)).toEqual(plain);
    expect(pool(x, { poolSize: 3, padding: "same" }).shape).toEqual([2, 2, 3, 3]);
    expect(pool(x, { poolSize: 1, strides: [9, 1] }).shape).toEqual([2, 1, 7, 3]);
  }
});

test("sequences are pooled as images of one line, with [before, after] as padding", () => {
  const x = randomUniform([2, 7, 3], { seed: 1 });
  const images = reshape(x, [2, 1, 7, 3]);
  const across = { poolSize: [1, 3], strides: [1, 2], padding: [[0, 0], [0, 2]] } as const; // biome-ignore format: one line
  const along = { poolSize: 3, strides: 2, padding: [0, 2] } as const;
  expect(maxPool1d(x, along).shape).toEqual([2, 4, 3]);
  expect(maxPool1d(x, along).data).toEqual(maxPool2d(images, across).data);
  expect(averagePool1d(x, { ...along, countPadding: true }).data).toEqual(
    averagePool2d(images, { ...across, countPadding: true }).data,
  );
});

test("bytes are pooled as the numbers that they mean", () => {
  const x = tensor(Uint8Array.of(0, 51, 102, 255), { shape: [1, 2, 2, 1], scale: 1 / 255 });
  expect(maxPool2d(x).item()).toBe(1);
  expect(averagePool2d(x).item()).toBeCloseTo(0.4, 6);
});

test("compiled pooling has the bits of pooling, for other values too", () => {
  const gradients = (x: Tensor): Tensor[] =>
    [maxPool2d, averagePool2d].map((pool) =>
      grad((images: Tensor) => sum(mul(pool(images, { poolSize: 3, strides: 2, padding: "same" }), 3)))(x),
    );
  const compiled = compile(gradients);
  for (const seed of [1, 2, 3]) {
    const x = randomUniform([2, 9, 8, 5], { seed });
    expect(compiled(x).map(({ data }) => data)).toEqual(gradients(x).map(({ data }) => data));
  }
});

const images = tensor(new Float32Array(48), { shape: [1, 4, 4, 3] });
const sequences = tensor(new Float32Array(12), { shape: [1, 4, 3] });
/** A value that only plain JavaScript passes. */
const wrong = (value: unknown): never => value as never;

test.each([
  [
    () => maxPool2d(sequences),
    "ShapeError: maxPool2d: x must be [rows, height, width, channels], got [1, 4, 3]. Reshape it.",
  ],
  [
    () => averagePool1d(images, { padding: "same" }),
    "ShapeError: averagePool1d: x must be [rows, length, channels], got [1, 4, 4, 3]. Reshape it.",
  ],
  [
    () => maxPool1d(sequences, { poolSize: 5 }),
    "ShapeError: maxPool1d: a window must fit into x and its padding, got poolSize=[5], padding=[[0, 0]] for x=[1, 4, 3]. " +
      'Choose a smaller window, or padding "same".',
  ],
  [
    () => averagePool2d(images, { padding: [[0, 2], [0, 0]] }), // biome-ignore format: one line
    "ShapeError: averagePool2d: padding must be smaller than the window, got poolSize=[2, 2], padding=[[0, 2], [0, 0]] for " +
      "x=[1, 4, 4, 3]. Every window needs an element of x.",
  ],
  [
    () => maxPool2d(images, { poolSize: 0 }),
    "ValueError: maxPool2d: poolSize must be a whole number from 1, or two of them [height, width], got 0.",
  ],
  [
    () => averagePool2d(images, { strides: wrong([1, 2, 3]) }),
    "ValueError: averagePool2d: strides must be a whole number from 1, or two of them [height, width], got [1, 2, 3].",
  ],
  [
    () => maxPool1d(sequences, { poolSize: wrong([1, 2]) }),
    "ValueError: maxPool1d: poolSize must be a whole number from 1, got [1, 2].",
  ],
  [
    () => maxPool2d(images, { padding: wrong([1, 1]) }),
    'ValueError: maxPool2d: padding must be "valid", "same", or [[top, bottom], [left, right]] of whole numbers from 0, got [1, 1].',
  ],
  [
    () => averagePool1d(sequences, { padding: wrong("full") }),
    'ValueError: averagePool1d: padding must be "valid", "same", or [before, after] of whole numbers from 0, got "full".',
  ],
  [
    () => averagePool1d(sequences, { countPadding: wrong("yes") }),
    'ValueError: averagePool1d: countPadding must be true or false, got "yes".',
  ],
  [
    () => maxPool2d(images, { pool_size: 2 } as never),
    'ValueError: maxPool2d: every option must be one that exists, got "pool_size". The options are poolSize, strides, padding. ' +
      "Write poolSize.",
  ],
  [
    () => maxPool2d(tensor([1], { dtype: "int32", shape: [1, 1, 1, 1] }), { poolSize: 1 }),
    "DTypeError: maxPool2d: operands must all be float32, or all float64, got int32. Convert with toFloat(...).",
  ],
])("%s throws what is wrong with the windows", (call, expected) => {
  expect(textOf(call)).toBe(expected);
});
