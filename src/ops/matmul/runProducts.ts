import type { SimdCall } from "../../tensor/interpret/primitive.ts";
import { threadPool } from "../../tensor/interpret/threadPool.ts";
import { type MatmulProblem, matmul, matmulWorkspaceBytes } from "../../wasm/matmul/matmulKernel.ts";
import { maySkipZeros, multiply, productWorkspaceBytes } from "../../wasm/matmul/matmulZeros.ts";

/** Computes products of one size, on all threads. */
export const runProducts = (
  { link, workspace, work }: Pick<SimdCall<unknown>, "link" | "workspace" | "work">,
  problems: readonly MatmulProblem[],
): void => {
  if (problems.length === 0) return;
  const [first] = problems;
  const pool = threadPool();
  if (pool) work((room) => pool.multiply(problems, room));
  else if (maySkipZeros(first)) {
    work((room, link) => {
      const address = room(productWorkspaceBytes(first));
      for (const problem of problems) multiply(link, problem, address);
    });
  } else {
    const address = workspace(matmulWorkspaceBytes(first));
    for (const problem of problems) matmul(link, problem, address);
  }
};
