import { readdirSync } from "node:fs";
import type { Samples } from "./sample.ts";

const folder = new URL("../", import.meta.url);

/** What a file of test/samples exports, in an order that does not depend on what runs the test. */
const samplesOf = async (file: string): Promise<Samples<unknown>[]> => {
  const module: Record<string, Samples<unknown>> = await import(new URL(file, folder).href);
  return Object.values(module).sort((a, b) => (a.primitive.name < b.primitive.name ? -1 : 1));
};

const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));

/**
 * The samples of every primitive: what the generated tests and the gradient-check suite run on. They are found by reading
 * test/samples, whose files export samples and nothing else.
 */
export const allSamples: readonly Samples<unknown>[] = (await Promise.all(files.sort().map(samplesOf))).flat();
