import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keep } from "../../src/ops/support/keep.ts";
import type { DType, TypedArray } from "../../src/tensor/dtype.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { fill, ones, range, sameBits, Tensor, type TensorOptions, tensor, zeros } from "../../src/tensor/tensor.ts";
import type { NestedArray } from "../../src/tensor/tensorValues.ts";
import { textOf } from "../autograd/textOf.ts";

describe("tensor", () => {
  test.each<[NestedArray, number[]]>([
    [5, []],
    [[1, 2, 3], [3]],
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [3, 2],
    ],
    [[[[[[[7]]]]]], [1, 1, 1, 1, 1, 1]],
    [[], [0]],
    [
      [[], []],
      [2, 0],
    ],
    [
      [[[]], [[]]],
      [2, 1, 0],
    ],
  ])("tensor of %j has the shape of its nesting", (values, shape) => {
    const x = tensor(values);
    expect(x.shape).toEqual(shape);
    expect([x.rank, x.size]).toEqual([shape.length, sizeOf(shape)]);
    expect(x.dtype).toBe("float32");
    expect(x.toArray()).toEqual(values);
  });

  test("tensor keeps its values at every rank and with empty axes", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const flat = Float32Array.from({ length: sizeOf(shape) }, (_, index) => index - 2.5);
        const x = tensor(flat, { shape });
        expect(x.shape).toEqual(shape);
        expect(x.data).toEqual(flat);
        const nested = x.toArray();
        // Nothing in an array tells the axes behind one of length zero.
        if (flat.length > 0) expect(tensor(nested).data).toEqual(flat);
        expect(tensor(nested, { shape }).shape).toEqual(shape);
      }),
    );
  });

  test.each<[TypedArray, DType]>([
    [new Float32Array([1, 2]), "float32"],
    [new Float64Array([1, 2]), "float64"],
    [new Int32Array([1, 2]), "int32"],
    [new Uint8Array([1, 2]), "uint8"],
  ])("tensor takes the dtype of a typed array and copies it", (values, dtype) => {
    const x = tensor(values);
    expect([x.dtype, x.shape]).toEqual([dtype, [2]]);
    values[0] = 9;
    expect(x.data[0]).toBe(1);
    x.data[1] = 9;
    expect(x.data[1]).toBe(2);
  });

  test("tensor converts to the requested dtype", () => {
    expect(tensor([1.5, -2], { dtype: "float64" }).data).toEqual(new Float64Array([1.5, -2]));
    expect(tensor([1, -2], { dtype: "int32" }).data).toEqual(new Int32Array([1, -2]));
    expect(tensor([1, 0], { dtype: "bool" }).data).toEqual(new Uint8Array([1, 0]));
    expect(tensor(new Int32Array([3]), { dtype: "float32" }).data).toEqual(new Float32Array([3]));
    expect(tensor(0.1).item()).toBe(Math.fround(0.1));
  });

  test("tensor converts bytes to numbers by their scale", () => {
    const x = tensor(new Uint8Array([0, 51, 255]), { scale: 1 / 255 });
    expect([x.dtype, x.scale]).toEqual(["uint8", 1 / 255]);
    expect(x.toArray()).toEqual([0, 0.2, 1]);
    expect(x.data).toEqual(new Uint8Array([0, 51, 255]));
    expect(tensor(new Uint8Array([51]), { scale: 1 / 255 }).item()).toBe(0.2);
    expect(tensor(new Uint8Array([51])).item()).toBe(51);
  });

  test("tensor keeps its shape when the array of its shape changes", () => {
    const shape = [2, 1];
    const x = tensor([1, 2], { shape });
    const filled = zeros(shape);
    shape[0] = 7;
    expect([x.shape, filled.shape]).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  test.each<[string, NestedArray | TypedArray, TensorOptions, string]>([
    [
      "rows of different lengths",
      [[1, 2], [3]],
      {},
      "ShapeError: tensor: nested arrays must have equal lengths at every depth, got 1 entries at depth 1 where shape [2, 2] was begun.",
    ],
    [
      "a row beside a number",
      [1, [2]],
      {},
      "ShapeError: tensor: nested arrays must have equal lengths at every depth, got 1 entries at depth 1 where shape [2] was begun.",
    ],
    [
      "a number beside a row",
      [[1], 2],
      {},
      "ShapeError: tensor: nested arrays must have equal lengths at every depth, got a number at depth 1 where shape [2, 1] was begun.",
    ],
    [
      "a shape of another size",
      [1, 2, 3],
      { shape: [2, 2] },
      "ShapeError: tensor: the shape must have as many elements as there are values, got shape [2, 2] (4) and 3 values.",
    ],
    [
      "seven axes",
      [1],
      { shape: [1, 1, 1, 1, 1, 1, 1] },
      "ShapeError: tensor: a shape is at most 6 whole numbers from 0, got [1, 1, 1, 1, 1, 1, 1].",
    ],
    [
      "a negative length",
      [1],
      { shape: [-1] },
      "ShapeError: tensor: a shape is at most 6 whole numbers from 0, got [-1].",
    ],
    [
      "a number as shape",
      [1],
      { shape: 1 as unknown as number[] },
      "ShapeError: tensor: a shape is at most 6 whole numbers from 0, got 1.",
    ],
    [
      "broken whole numbers",
      [1, 2.5],
      { dtype: "int32" },
      "ValueError: tensor: int32 holds whole numbers from -2147483648 to 2147483647, got 2.5 at position 1. Choose another dtype, or round.",
    ],
    [
      "whole numbers that are too large",
      [2 ** 31],
      { dtype: "int32" },
      "ValueError: tensor: int32 holds whole numbers from -2147483648 to 2147483647, got 2147483648 at position 0. Choose another dtype, or round.",
    ],
    [
      "NaN as a byte",
      [Number.NaN],
      { dtype: "uint8" },
      "ValueError: tensor: uint8 holds whole numbers from 0 to 255, got NaN at position 0. Choose another dtype, or round.",
    ],
    [
      "a truth value of two",
      new Uint8Array([2]),
      { dtype: "bool" },
      "ValueError: tensor: bool holds whole numbers from 0 to 1, got 2 at position 0. Choose another dtype, or round.",
    ],
    ["a scale of floats", [1], { scale: 2 }, "DTypeError: tensor: scale belongs to uint8 data, got dtype float32."],
    [
      "another typed array",
      new DataView(new ArrayBuffer(4)) as unknown as Int32Array,
      {},
      "DTypeError: tensor: values must be numbers, arrays of them or a typed array, got DataView.",
    ],
    [
      "a dtype that there is not",
      [1],
      { dtype: "float16" as DType },
      'DTypeError: tensor: dtype must be float32, float64, int32, bool, uint8, got "float16".',
    ],
    [
      "a string",
      ["1"] as unknown as number[],
      {},
      'DTypeError: tensor: values must be numbers, arrays of them or a typed array, got "1" at depth 1.',
    ],
    [
      "nothing",
      undefined as unknown as number,
      {},
      "DTypeError: tensor: values must be numbers, arrays of them or a typed array, got undefined at depth 0.",
    ],
    [
      "a hole in a row",
      [
        [1, 2],
        [3, null],
      ] as unknown as number[],
      {},
      "DTypeError: tensor: values must be numbers, arrays of them or a typed array, got null at depth 2.",
    ],
  ])("tensor throws for %s", (_, values, options, text) => {
    expect(textOf(() => tensor(values, options))).toBe(text);
  });
});

test("tensor throws at once for a nesting that never ends", () => {
  const endless: unknown[] = [];
  endless.push(endless);
  expect(textOf(() => tensor(endless as NestedArray))).toMatch(
    /^ShapeError: tensor: a shape is at most 6 whole numbers/,
  );
});

describe("item", () => {
  test("item returns the number of a tensor with one element, at any rank", () => {
    expect([tensor(3).item(), tensor([[3]]).item(), tensor([1], { dtype: "bool" }).item()]).toEqual([3, 3, 1]);
  });

  test.each([
    [[2], "[2]"],
    [[0], "[0]"],
  ])("item throws for shape %j", (shape, text) => {
    expect(textOf(() => zeros(shape).item())).toBe(
      `ShapeError: item: the tensor must hold one number, got shape ${text}. Use toArray() or data for more.`,
    );
  });
});

describe("toString", () => {
  test.each([
    [tensor(1.5), "Tensor float32 [] 1.5"],
    [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      "Tensor float32 [2, 2] [[1, 2], [3, 4]]",
    ],
    [tensor([0.1, Number.NaN, -Infinity, 123456789]), "Tensor float32 [4] [0.1, NaN, -Infinity, 123457000]"],
    [tensor([1, 0], { dtype: "bool" }), "Tensor bool [2] [true, false]"],
    [tensor(new Uint8Array([255]), { scale: 1 / 255 }), "Tensor uint8 [1] [1]"],
    [zeros([0]), "Tensor float32 [0] []"],
    [zeros([2, 0]), "Tensor float32 [2, 0] [[], []]"],
    [range(0, 100), "Tensor int32 [100] [0, 1, 2, ..., 97, 98, 99]"],
    [range(0, 7), "Tensor int32 [7] [0, 1, 2, 3, 4, 5, 6]"],
    [tensor([2147483647], { dtype: "int32" }), "Tensor int32 [1] [2147483647]"],
    [
      tensor(
        Int32Array.from({ length: 80 }, (_, index) => index),
        { shape: [8, 10] },
      ),
      "Tensor int32 [8, 10] [[0, 1, 2, ..., 7, 8, 9], [10, 11, 12, ..., 17, 18, 19], [20, 21, 22, ..., 27, 28, 29], ..., " +
        "[50, 51, 52, ..., 57, 58, 59], [60, 61, 62, ..., 67, 68, 69], [70, 71, 72, ..., 77, 78, 79]]",
    ],
  ])("toString of %s", (x, text) => {
    expect(String(x)).toBe(text);
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    expect((x as unknown as Record<symbol, () => string>)[inspect]()).toBe(text);
  });
});

describe("zeros, ones, fill and range", () => {
  test("zeros, ones, fill and range have shape, value and dtype", () => {
    expect(zeros([2, 2]).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(ones([]).item()).toBe(1);
    expect(fill([3], 0.5, { dtype: "float64" }).data).toEqual(new Float64Array([0.5, 0.5, 0.5]));
    expect(ones([2], { dtype: "bool" }).data).toEqual(new Uint8Array([1, 1]));
    expect(fill([1], Number.NaN).item()).toBeNaN();
    expect(fill([2, 0, 3], 7).toArray()).toEqual([[], []]);
    expect([range(2, 5).toArray(), range(5, 2).toArray(), range(-1, 1).dtype]).toEqual([[2, 3, 4], [], "int32"]);
  });

  test.each([
    [
      () => fill([1], 0.5, { dtype: "int32" }),
      "ValueError: fill: int32 holds whole numbers from -2147483648 to 2147483647, got 0.5 at position 0. Choose another dtype, or round.",
    ],
    [() => fill([2], undefined as never), "DTypeError: fill: the value must be a number, got undefined."],
    [() => fill([2], "3" as never), 'DTypeError: fill: the value must be a number, got "3".'],
    [() => fill([2], tensor(3) as never), "DTypeError: fill: the value must be a number, got float32 []."],
    [
      () => zeros([2 ** 20, 2 ** 20]),
      "OutOfMemoryError: memory: tensors need 4194304 MiB more, got none from this machine. Use a smaller batch or model.",
    ],
    [() => range(0, 2.5), "ValueError: range: bounds must be whole numbers, got from=0, to=2.5. Round them."],
    [
      () => range(0, 2 ** 31 + 1),
      "ValueError: range: bounds must lie in the range of int32, got from=0, to=2147483649. Choose smaller ones.",
    ],
    [() => zeros([1.5]), "ShapeError: zeros: a shape is at most 6 whole numbers from 0, got [1.5]."],
    [() => ones([2 ** 30, 2 ** 30]), "ValueError: ones: too many elements, got shape [1073741824, 1073741824]."],
  ])("zeros, ones, fill and range throw the full text, case %#", (call, text) => {
    expect(textOf(call)).toBe(text);
  });
});

describe("a tensor as JSON and in other threads", () => {
  test("JSON.stringify of a tensor writes shape, dtype and data, from which tensor makes the same bits", () => {
    for (const x of [
      tensor([[1.5, -2]]),
      tensor(3),
      tensor([1, 0], { dtype: "bool" }),
      tensor(new Uint8Array([1, 2]), { shape: [2, 1], scale: 0.5 }),
    ]) {
      const { data, ...options } = JSON.parse(JSON.stringify(x));
      const copy = tensor(data, options);
      expect(sameBits(copy, x)).toBe(true);
      expect(copy.scale).toBe(x.scale);
    }
    expect(JSON.stringify(tensor([[1, 2]]))).toBe('{"shape":[1,2],"dtype":"float32","data":[1,2]}');
  });

  test("structuredClone of a tensor throws and says what to pass", () => {
    for (const value of [tensor([1]), { x: [tensor([1])] }]) {
      expect(() => structuredClone(value)).toThrow("tensor: pass its data and shape, a tensor");
    }
  });
});

describe("keep and sameBits", () => {
  test("keep copies shape, dtype, values and scale", () => {
    const x = tensor(new Uint8Array([1, 2]), { shape: [2, 1], scale: 0.5 });
    const kept = keep(x);
    expect(kept).toBeInstanceOf(Tensor);
    expect([kept.shape, kept.dtype, kept.scale, kept.toArray()]).toEqual([[2, 1], "uint8", 0.5, [[0.5], [1]]]);
  });

  test("sameBits distinguishes -0 from 0, and treats NaN as equal to itself", () => {
    expect(sameBits(tensor([Number.NaN, -0]), tensor([Number.NaN, -0]))).toBe(true);
    expect(sameBits(tensor([0]), tensor([-0]))).toBe(false);
    expect(sameBits(tensor([0]), tensor(0))).toBe(false);
    expect(sameBits(tensor([0]), tensor([0], { dtype: "int32" }))).toBe(false);
  });
});
