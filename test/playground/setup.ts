import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildPlayground } from "../../playground/build/build.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the built playground. */
    readonly site: string;
  }
}

/** Builds the playground once for all files of the project "browser", which only read it. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  // Not in dist, which other tests rebuild.
  const folder = await mkdtemp(join(tmpdir(), "gradus-playground-"));
  project.provide("site", await buildPlayground(join(folder, "site")));
  return () => rm(folder, { recursive: true, force: true });
};
