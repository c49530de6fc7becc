import type { SimdCall } from "../../tensor/interpret/primitive.ts";
import { threadPool } from "../../tensor/interpret/threadPool.ts";
import type { MatmulProblem } from "../../wasm/matmul/matmulKernel.ts";
import { multiply, productWorkspaceBytes } from "../../wasm/matmul/matmulZeros.ts";

/** Computes products of one size, on all threads. */
export const runProducts = (
  { link, workspace }: Pick<SimdCall<unknown>, "link" | "workspace">,
  problems: readonly MatmulProblem[],
): void => {
  const pool = threadPool();
  if (pool) pool.multiply(problems, workspace);
  else if (problems.length > 0) {
    const room = workspace(productWorkspaceBytes(problems[0]));
    for (const problem of problems) multiply(link, problem, room);
  }
};
