import { add, grad, gradientCheck, mul, square, sum, type Tensor, tensor, toFloat } from "gradus";
import { expect, test } from "vitest";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { textOf } from "../../autograd/textOf.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

const double = tensor(new Float64Array([0.1, -2, 1e300, 1e-320]));

test.each(availableBackends())("toFloat casts between the float types on %s", (backend) => {
  onBackend(backend, () => {
    const single = toFloat(double, { dtype: "float32" });
    expect([single.dtype, single.toArray()]).toEqual(["float32", [Math.fround(0.1), -2, Infinity, 0]]);
    const back = toFloat(single, { dtype: "float64" });
    expect([back.dtype, back.toArray()]).toEqual(["float64", [Math.fround(0.1), -2, Infinity, 0]]);
    for (const dtype of ["int32", "bool", "uint8"] as const) {
      const whole = toFloat(tensor([0, 1], { dtype }), { dtype: "float64" });
      expect([whole.dtype, whole.toArray()]).toEqual(["float64", [0, 1]]);
    }
  });
});

test("toFloat returns a tensor that already has the dtype", () => {
  const single = tensor([1]);
  expect(toFloat(single)).toBe(single);
  expect(toFloat(double)).toBe(double);
  expect(toFloat(single, { dtype: "float32" })).toBe(single);
  expect(toFloat(double, { dtype: "float64" })).toBe(double);
});

test("gradients pass through casts, in the dtype of the input", () => {
  const f = (x: Tensor): Tensor => sum(square(toFloat(x, { dtype: "float32" })));
  const gradient = grad(f)(tensor(new Float64Array([1, 3])));
  expect([gradient.dtype, gradient.toArray()]).toEqual(["float64", [2, 6]]);
  const g = (x: Tensor): Tensor => sum(mul(toFloat(x, { dtype: "float64" }), double));
  expect(grad(g)(tensor([1, 1, 0, 1])).dtype).toBe("float32");
  expect(() => gradientCheck(f, [tensor([1, 3])])).not.toThrow();
});

test("operands of different float types are an error that names the cast", () => {
  expect(textOf(() => add(double, tensor([1, 1, 1, 1])))).toBe(
    "DTypeError: add: operands must all be float32, or all float64, got float64, float32. " +
      'Convert with toFloat(x, { dtype: "float32" }).',
  );
});
