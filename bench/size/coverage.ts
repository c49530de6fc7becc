import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

/**
 * Runs a bundled module, and returns the size of the code that ran, as V8 reports it: a program that does the same cannot be
 * smaller without other code. A block that did not run (an error's text, a fallback) does not count.
 * @param text The bundle.
 * @param use Uses the exports of the bundle.
 */
export const bytesThatRan = async (
  text: string,
  use: (module: Readonly<Record<string, unknown>>) => void,
): Promise<{ readonly minified: number; readonly gzipped: number }> => {
  const folder = mkdtempSync(join(tmpdir(), "gradus-size-"));
  const session = new Session();
  session.connect();
  try {
    const url = pathToFileURL(join(folder, "bundle.mjs")).href;
    writeFileSync(new URL(url), text);
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    use(await import(url));
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const script = result.find((entry) => entry.url === url);
    if (!script) throw new Error("size: the bundle did not run");
    // Ranges are nested, and an outer range comes before its inner ranges.
    const ran = new Uint8Array(text.length);
    for (const { ranges } of script.functions) {
      for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
    const left = [...text].filter((_, index) => ran[index] === 1).join("");
    return { minified: left.length, gzipped: gzipSync(left, { level: 9 }).length };
  } finally {
    session.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
};
