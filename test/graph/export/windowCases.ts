import type { Layer, Tensor } from "gradus";
import * as gradus from "gradus";
import { custom } from "./exportCases.ts";

/** Whole numbers in a range, from a seed. */
const drawing = (seed: number): ((from: number, to: number) => number) => {
  const numbers = gradus.randomUniform([40], { random: new gradus.Random(seed) }).data;
  let next = 0;
  return (from, to) => from + Math.floor(numbers[next++] * (to - from + 1));
};

/**
 * A convolution, a transposed one or pooling with options that a seed chooses, in a model of images [height, width, 4]. Some do not
 * fit into the images, which `make` throws.
 */
export const windowModel = (seed: number): { readonly title: string; readonly make: () => Layer } => {
  const draw = drawing(seed);
  const [height, width, size] = [draw(5, 9), draw(5, 9), [draw(1, 3), draw(1, 3)] as const];
  const strides = [draw(1, 3), draw(1, 3)] as const;
  const dilation = draw(0, 1) === 0 ? ([1, 1] as const) : ([draw(1, 2), draw(1, 2)] as const);
  const margins = size.map((length) => [draw(0, length - 1), draw(0, length - 1)] as const);
  const padding = (["valid", "same", margins] as const)[draw(0, 2)] as "valid";
  const groups = [1, 2, 4][draw(0, 2)];
  const filters = groups * draw(1, 2);
  const kernelOf = (shape: gradus.Shape): Tensor => gradus.randomNormal(shape, { random: new gradus.Random(seed) });
  const kernels = [kernelOf([...size, 4 / groups, filters]), kernelOf([...size, filters / groups, 4])];
  const bias = draw(0, 1) === 0 ? {} : { bias: kernelOf([filters]) };
  const countPadding = draw(0, 1) === 0;
  const apply = {
    conv2d: (x: Tensor) => gradus.conv2d(x, kernels[0], { strides, dilation, padding, groups, ...bias }),
    conv2dTranspose: (x: Tensor) =>
      gradus.conv2dTranspose(x, kernels[1], {
        strides,
        dilation,
        padding,
        groups,
        ...bias,
      }),
    maxPool2d: (x: Tensor) => gradus.maxPool2d(x, { poolSize: size, strides, padding }),
    averagePool2d: (x: Tensor) => gradus.averagePool2d(x, { poolSize: size, strides, padding, countPadding }),
  };
  const name = (Object.keys(apply) as (keyof typeof apply)[])[draw(0, 3)];
  const options = { size, strides, dilation, padding, groups, filters, countPadding };
  return { title: `${name} ${JSON.stringify(options)}`, make: () => custom((x) => apply[name](x), [height, width, 4]) };
};
