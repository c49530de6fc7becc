import { expect } from "vitest";
import { setThreads, type Tensor } from "../../src/index.ts";

/** The bytes of tensors: equal for -0 and 0 or two NaN only where they are the same bits. */
const bytesOf = (tensors: readonly Tensor[]): readonly Uint8Array[] =>
  tensors.map((tensor) => new Uint8Array(tensor.data.buffer));

/** Computes with 1, 2 and 3 threads and expects the same bits of each. */
export const expectSameBits = async (compute: () => readonly Tensor[], what = ""): Promise<void> => {
  await setThreads(1);
  const alone = bytesOf(compute());
  for (const threads of [2, 3]) {
    expect(await setThreads(threads)).toBe(threads);
    const together = bytesOf(compute());
    for (const [index, bytes] of together.entries()) {
      expect(Buffer.compare(bytes, alone[index]), `${what}: output ${index} with ${threads} threads`).toBe(0);
    }
  }
};
