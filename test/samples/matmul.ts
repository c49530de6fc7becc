import { batchMatmulPrimitive } from "../../src/ops/matmul/matmul.ts";
import type { Transposition } from "../../src/ops/matmul/matrixProduct.ts";
import type { Samples } from "./support/sample.ts";

const plain: Transposition = { transposeA: false, transposeB: false };

export const batchMatmulSamples: Samples<Transposition> = {
  primitive: batchMatmulPrimitive,
  cases: [
    { inputs: [{ shape: [2, 3, 4] }, { shape: [4, 5] }], attributes: plain },
    { inputs: [{ shape: [2, 1, 3, 4] }, { shape: [3, 4, 2] }], attributes: plain },
    { inputs: [{ shape: [2, 4, 3] }, { shape: [2, 5, 4] }], attributes: { transposeA: true, transposeB: true } },
    { inputs: [{ shape: [3, 4] }, { shape: [2, 4, 5] }], attributes: plain },
  ],
  refused: [
    {
      inputs: [{ shape: [2, 2, 3] }, { shape: [3, 3, 4] }],
      attributes: plain,
      error:
        "ShapeError: matmul: shapes must broadcast (equal lengths, or 1, from the last axis), got a=[2], b=[3] (2 against 3). Reshape one of them.",
    },
  ],
};
