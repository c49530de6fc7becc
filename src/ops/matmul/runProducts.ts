import type { SimdCall } from "../../tensor/interpret/primitive.ts";
import { threadPool } from "../../tensor/interpret/threadPool.ts";
import { type MatmulProblem, matmul, matmulWorkspaceBytes } from "../../wasm/matmul/matmulKernel.ts";

/** Computes products of one size, on all threads. */
export const runProducts = (
  { link, workspace, work }: Pick<SimdCall<unknown>, "link" | "workspace" | "work">,
  problems: readonly MatmulProblem[],
): void => {
  const pool = threadPool();
  if (pool) work((workspace) => pool.multiply(problems, workspace));
  else if (problems.length > 0) {
    const room = workspace(matmulWorkspaceBytes(problems[0]));
    for (const problem of problems) matmul(link, problem, room);
  }
};
