import { readdirSync } from "node:fs";
import type { Samples } from "./sample.ts";

const folder = new URL("../", import.meta.url);

/** The exports of a file of test/samples, in an order that is the same in every test runner. */
const samplesOf = async (file: string): Promise<Samples<unknown>[]> => {
  const module: Record<string, Samples<unknown>> = await import(new URL(file, folder).href);
  return Object.values(module).sort((a, b) => (a.primitive.name < b.primitive.name ? -1 : 1));
};

const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));

/**
 * The samples of every primitive: the generated tests and the gradient checks run on them. They are found by reading
 * test/samples, whose files export samples and nothing else.
 */
export const allSamples: readonly Samples<unknown>[] = (await Promise.all(files.sort().map(samplesOf))).flat();
