import { expect, test } from "vitest";
import { grad, valueAndGrad } from "../../../src/autograd/grad.ts";
import { add, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { affine } from "../../../src/ops/matmul/affine.ts";
import { matmul } from "../../../src/ops/matmul/matmul.ts";
import { randomUniform } from "../../../src/ops/random/distributions.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { observeKernels } from "../../../src/tensor/interpret/eager.ts";
import { sameBits, type Tensor } from "../../../src/tensor/tensor.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

const numbers = (shape: readonly number[], seed: number): Tensor => randomUniform(shape, { min: -1, max: 1, seed });

test.each(availableBackends())("affine has the bits of matmul and add, forwards and backwards, on %s", (backend) => {
  onBackend(backend, () => {
    for (const [rows, inputs, units] of [
      [1, 300, 10],
      [16, 784, 30],
      [17, 40, 12],
      [50, 10, 1],
    ]) {
      const [x, kernel, bias] = [numbers([rows, inputs], 1), numbers([inputs, units], 2), numbers([units], 3)];
      const weights = numbers([rows, units], 4);
      const fused = valueAndGrad((...of: Tensor[]) => sum(mul(affine(of[0], of[1], of[2]), weights)))(x, kernel, bias);
      const composed = valueAndGrad((...of: Tensor[]) => sum(mul(add(matmul(of[0], of[1]), of[2]), weights)))(
        x,
        kernel,
        bias,
      );
      expect(sameBits(affine(x, kernel, bias), add(matmul(x, kernel), bias))).toBe(true);
      expect(sameBits(fused[0], composed[0])).toBe(true);
      const [gradients, expected] = [fused[1], composed[1]] as (readonly Tensor[])[];
      gradients.forEach((gradient, index) => {
        expect(sameBits(gradient, expected[index]), `${[rows, inputs, units]}, input ${index}`).toBe(true);
      });
    }
  });
});

test.each(availableBackends())(
  "affine gives a gradient the same bits where the other operand is fixed, on %s",
  (backend) => {
    onBackend(backend, () => {
      for (const shape of [
        [1, 300],
        [50, 784],
        [3, 4, 5],
        [0, 3],
      ]) {
        const [inputs, units] = [shape[shape.length - 1], 30];
        const [x, kernel, bias] = [numbers(shape, 1), numbers([inputs, units], 2), numbers([units], 3)];
        const weights = numbers([...shape.slice(0, -1), units], 4);
        const loss = (of: readonly Tensor[]): Tensor => sum(mul(affine(of[0], of[1], of[2]), weights));
        const [, ofAll] = valueAndGrad((...of: Tensor[]) => loss(of))(x, kernel, bias);
        const ran: string[] = [];
        const alone = observeKernels(
          (name) => ran.push(name),
          () => [grad((k: Tensor) => loss([x, k, bias]))(kernel), grad((b: Tensor) => loss([x, kernel, b]))(bias)],
        );
        expect(ran).not.toContain("affineGradient");
        expect(alone.map((gradient, index) => sameBits(gradient, (ofAll as Tensor[])[index + 1]))).toEqual([
          true,
          true,
        ]);
      }
    });
  },
);

test("affine takes axes between the rows and the inputs as more rows", () => {
  const [x, kernel, bias] = [numbers([2, 3, 4], 1), numbers([4, 5], 2), numbers([5], 3)];
  const y = affine(x, kernel, bias);
  expect(y.shape).toEqual([2, 3, 5]);
  expect(sameBits(y, add(matmul(x, kernel), bias))).toBe(true);
});
