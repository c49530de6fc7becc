import { tensor } from "gradus";
import { expect, test } from "vitest";
import { textOf } from "../autograd/textOf.ts";

test.each([
  [new Uint8ClampedArray([0, 255]), "uint8", [0, 255]],
  [new Int8Array([-128, 127]), "int32", [-128, 127]],
  [new Int16Array([-5, 5]), "int32", [-5, 5]],
  [new Uint16Array([0, 65_535]), "int32", [0, 65_535]],
  [new Uint32Array([0, 2 ** 31 - 1]), "int32", [0, 2 ** 31 - 1]],
  [new BigInt64Array([-3n, 3n]), "int32", [-3, 3]],
  [new BigUint64Array([3n, 4n]), "int32", [3, 4]],
])("tensor takes every typed array, case %#", (values, dtype, expected) => {
  const x = tensor(values);
  expect([x.dtype, x.toArray()]).toEqual([dtype, expected]);
  expect(tensor(values, { dtype: "float64" }).toArray()).toEqual(expected);
  expect(tensor(values, { shape: [2, 1] }).shape).toEqual([2, 1]);
});

test("tensor takes an array of a derived class, such as Node's Buffer, as one of its base class", () => {
  const Derived = class extends Float32Array {};
  expect(tensor(new Derived([1.5])).dtype).toBe("float32");
  expect(tensor(Buffer.from([1, 255])).toArray()).toEqual([1, 255]);
  expect(tensor(Buffer.from([1, 255])).dtype).toBe("uint8");
});

test("tensor takes typed arrays without elements", () => {
  expect(tensor(new BigInt64Array(0)).shape).toEqual([0]);
  expect(tensor(new Float64Array(0)).dtype).toBe("float64");
});

test("tensor takes rows that are typed arrays", () => {
  const rows = [new Float32Array([1, 2]), new Float64Array([3, 4]), [5, 6], new Uint8ClampedArray([7, 8])];
  const x = tensor(rows);
  expect([x.dtype, x.shape, x.toArray()]).toEqual([
    "float32",
    [4, 2],
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  ]);
  expect(tensor([[new Int32Array([1])], [new BigInt64Array([2n])]], { dtype: "int32" }).shape).toEqual([2, 1, 1]);
  expect(tensor([new Float32Array(0)]).shape).toEqual([1, 0]);
});

test.each([
  [
    () => tensor(new Uint32Array([2 ** 31])),
    "ValueError: tensor: int32 holds whole numbers from -2147483648 to 2147483647, got 2147483648 at position 0. Choose another dtype, or round.",
  ],
  [
    () => tensor([new Float32Array([1, 2]), new Float32Array([3])]),
    "ShapeError: tensor: nested arrays must have equal lengths at every depth, got 1 entries at depth 1 where shape [2, 2] was begun.",
  ],
  [
    () => tensor([1, new Float32Array([3])]),
    "ShapeError: tensor: nested arrays must have equal lengths at every depth, got a typed array at depth 1 where shape [2] was begun.",
  ],
  [
    () => tensor(new DataView(new ArrayBuffer(8)) as never),
    "DTypeError: tensor: values must be numbers, arrays of them or a typed array, got DataView.",
  ],
])("tensor throws for arrays that do not fit, case %#", (call, text) => {
  expect(textOf(call)).toBe(text);
});
