import { GradusError, loadVariables, Random, randomUniform } from "gradus";
import { loadKeras } from "gradus/keras";
import { expect, test } from "vitest";
import { encodeZip } from "../../src/io/formats/zip.ts";
import { membersOf } from "./changedFile.ts";
import { kerasBytes } from "./kerasFiles.ts";

/** GRADUS_FUZZ=50000 tries more files. */
const count = Number(process.env.GRADUS_FUZZ ?? 400);

const values = [0, 1, 2, 4, 8, 127, 128, 255];

/** A file with one to four other bytes, or cut. */
const mutated = (bytes: Uint8Array, draws: Float32Array): Uint8Array => {
  const copy = bytes.slice();
  // Half of the changes are at the beginning, where the structure is.
  const span = draws[0] < 0.5 ? Math.min(3000, copy.length) : copy.length;
  for (let index = 1; index <= 1 + Math.floor(draws[1] * 4); index++) {
    const value =
      draws[2 * index + 1] < 0.5 ? values[Math.floor(draws[2 * index + 1] * 16)] : draws[2 * index + 1] * 256;
    copy[Math.floor(draws[2 * index] * span)] = value;
  }
  return draws[12] < 0.03 ? copy.subarray(0, Math.floor(draws[13] * copy.length)) : copy;
};

const outcomeOf = async (load: () => Promise<unknown>): Promise<string> => {
  try {
    await load();
    return "loaded";
  } catch (error) {
    if (error instanceof GradusError) return "refused";
    throw error;
  }
};

test(`changed files of Keras load or throw errors of the library (${count} files)`, {
  timeout: 3_600_000,
}, async () => {
  const zipped = await membersOf("functional.keras");
  const part = (name: string) => async (draws: Float32Array) => {
    const members = new Map(zipped).set(name, mutated(zipped.get(name)!, draws));
    return encodeZip("fuzz", members);
  };
  const makers = [
    ...["images.h5", "nested.h5", "types.h5", "latest.h5"].map((name) => {
      const bytes = kerasBytes(name);
      return async (draws: Float32Array) => mutated(bytes, draws);
    }),
    part("config.json"),
    part("model.weights.h5"),
    async (draws: Float32Array) => mutated(kerasBytes("deflated.keras"), draws),
  ];
  const random = new Random(11);
  const outcomes: Record<string, number> = { loaded: 0, refused: 0 };
  let slowest = 0;
  for (let run = 0; run < count; run++) {
    const draws = randomUniform([16], { random }).data as Float32Array;
    const bytes = await makers[run % makers.length](draws);
    const start = performance.now();
    outcomes[await outcomeOf(() => loadKeras(bytes))]++;
    outcomes[await outcomeOf(() => loadVariables(bytes, { maxBytes: 2 ** 24 }))]++;
    slowest = Math.max(slowest, performance.now() - start);
  }
  console.info(`fuzz of files of Keras: ${JSON.stringify(outcomes)}, the slowest ${slowest.toFixed(0)} ms`);
  expect(outcomes.loaded).toBeGreaterThan(count / 20);
  expect(outcomes.refused).toBeGreaterThan(count / 20);
  expect(slowest).toBeLessThan(5000);
});
