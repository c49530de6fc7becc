import { gradientCheck, matmul, ones, sum, type Tensor, tensor } from "gradus";
import { expect, test } from "vitest";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { textOf } from "../../autograd/textOf.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

const v = tensor([1, 2, 3]);
const m = tensor([
  [1, 0, 2],
  [0, 1, -1],
]);

test.each(availableBackends())("matmul multiplies vectors as NumPy does on %s", (backend) => {
  onBackend(backend, () => {
    expect(matmul(v, v).toArray()).toBe(14);
    expect(matmul(m, v).toArray()).toEqual([7, -1]);
    expect(matmul(tensor([1, 2]), m).toArray()).toEqual([1, 2, 0]);
    expect(matmul(v, m, { transposeB: true }).toArray()).toEqual([7, -1]);
    expect(matmul(m, tensor([1, 2]), { transposeA: true }).toArray()).toEqual([1, 2, 0]);
    expect(matmul(ones([4, 2, 3]), v).shape).toEqual([4, 2]);
    expect(matmul(v, ones([4, 3, 2])).shape).toEqual([4, 2]);
    expect(matmul(ones([0]), ones([0])).toArray()).toBe(0);
    expect(matmul(ones([2, 0]), ones([0])).toArray()).toEqual([0, 0]);
  });
});

test("the derivatives of products with vectors are right", () => {
  const inputs = [m, v] as const;
  expect(() => gradientCheck((a: Tensor, b: Tensor) => sum(matmul(a, b)), inputs)).not.toThrow();
  expect(() => gradientCheck((a: Tensor, b: Tensor) => matmul(a, b), [v, v])).not.toThrow();
});

test.each([
  [
    () => matmul(v, m),
    "inner sizes must match, got a=[1, 3] (inner 3), b=[2, 3] (inner 2). Pass { transposeB: true } to use bᵀ.",
  ],
  [
    () => matmul(m, tensor([1])),
    "inner sizes must match, got a=[2, 3] (inner 3), b=[1, 1] (inner 1). Make the inner sizes equal.",
  ],
  [() => matmul(2, m), "operands must have at least two axes, got a=[], b=[2, 3]. Reshape them, or use mul(a, b)."],
])("matmul throws for vectors that do not fit, case %#", (call, text) => {
  expect(textOf(call)).toBe(`ShapeError: matmul: ${text}`);
});

test("matmul treats a vector as its own transpose", () => {
  expect(matmul(v, v, { transposeA: true, transposeB: true }).toArray()).toBe(14);
});
