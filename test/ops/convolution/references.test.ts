import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { valueAndGrad } from "../../../src/autograd/grad.ts";
import { type Conv1dOptions, conv1d } from "../../../src/ops/convolution/conv1d.ts";
import { conv2d } from "../../../src/ops/convolution/conv2d.ts";
import { type Conv2dTransposeOptions, conv2dTranspose } from "../../../src/ops/convolution/conv2dTranspose.ts";
import { type DepthwiseConv2dOptions, depthwiseConv2d } from "../../../src/ops/convolution/depthwiseConv2d.ts";
import { mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Options = Conv1dOptions & DepthwiseConv2dOptions & Conv2dTransposeOptions;

interface Reference extends Readonly<Record<"x" | "kernel" | "weights" | "y" | "dx" | "dKernel", Values>> {
  readonly function: string;
  readonly options: Options;
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL("../../references/convolution.json", import.meta.url), "utf8"),
);

const functions: Readonly<Record<string, (x: Tensor, kernel: Tensor, options: Options) => Tensor>> = {
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
};

const tensorOf = ({ data, shape }: Values): Tensor => tensor(data, { shape });

const expectClose = (actual: Tensor, { shape, data }: Values, what: string): void => {
  expect(actual.shape, what).toEqual(shape);
  const worst = Math.max(...[...actual.data].map((value, index) => Math.abs(value - data[index])));
  expect(worst, what).toBeLessThan(2e-6);
};

test.each(availableBackends())("convolutions and their gradients have PyTorch's values on %s", (backend) => {
  expect(references.length).toBe(11);
  onBackend(backend, () => {
    for (const { function: name, options, x, kernel, weights, y, dx, dKernel } of references) {
      const what = `${name} ${JSON.stringify(options)}`;
      const compute = (x: Tensor, kernel: Tensor): Tensor => functions[name](x, kernel, options);
      const inputs = [tensorOf(x), tensorOf(kernel)] as const;
      expectClose(compute(...inputs), y, `${what}: y`);
      const loss = (x: Tensor, kernel: Tensor): Tensor => sum(mul(compute(x, kernel), tensorOf(weights)));
      const [own, ownKernel] = valueAndGrad(loss)(...inputs)[1] as readonly [Tensor, Tensor];
      expectClose(own, dx, `${what}: dx`);
      expectClose(ownKernel, dKernel, `${what}: dKernel`);
    }
  });
});
