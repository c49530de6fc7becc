import type { SimdCall } from "../tensor/primitive.ts";
import { type MatmulProblem, matmul, matmulWorkspaceBytes } from "../wasm/matmul.ts";
import { leastMultiplications, matmulParts } from "../wasm/matmulParts.ts";

/** What a product needs of the call of a kernel. */
type Call = Pick<SimdCall<unknown>, "link" | "threads" | "parallel" | "workspace">;

/** Computes a product, on all threads where it is large enough. */
export const multiply = (call: Call, problem: MatmulProblem): void => {
  if (call.threads === 1) {
    matmul(call.link, problem, call.workspace(matmulWorkspaceBytes(problem)));
    return;
  }
  const parts = matmulParts(problem, call.threads);
  // Room for packing for each of them: they run at the same time.
  const rooms = parts.map((part) => call.workspace(matmulWorkspaceBytes(part)));
  call.parallel(parts.length, (index, link) => matmul(link, parts[index], rooms[index]));
};

/** Computes products of one size: some on each thread, or where there are few, each of them on all threads. */
export const multiplyAll = (call: Call, problems: readonly MatmulProblem[]): void => {
  if (problems.length === 0) return;
  const { m, n, k } = problems[0];
  const worth = Math.floor((problems.length * m * n * k) / leastMultiplications);
  const pieces = Math.min(2 * call.threads, problems.length, worth);
  if (call.threads > 1 && pieces === problems.length && pieces < call.threads) {
    for (const problem of problems) multiply(call, problem);
    return;
  }
  const count = call.threads === 1 ? 1 : Math.max(pieces, 1);
  const each = Math.ceil(problems.length / count);
  const rooms = Array.from({ length: count }, () => call.workspace(matmulWorkspaceBytes(problems[0])));
  call.parallel(count, (index, link) => {
    for (const problem of problems.slice(index * each, (index + 1) * each)) matmul(link, problem, rooms[index]);
  });
};
