import { build } from "esbuild";
import { reportPage } from "../../playground/build/build.ts";

/** A program with all of the library in one file, which node runs as it is and without delay. */
export const bundleProgram = async (source: string, outfile: string, contents?: string): Promise<void> => {
  await build({
    ...(contents === undefined ? { entryPoints: [source] } : { stdin: { contents, loader: "ts", resolveDir: source } }),
    outfile,
    format: "esm",
    bundle: true,
    platform: "node",
    conditions: ["gradus-source"],
    plugins: [reportPage],
    alias: {
      gradus: new URL("../../src/index.ts", import.meta.url).pathname,
      "gradus/report": new URL("../../src/report/index.ts", import.meta.url).pathname,
      "gradus/table": new URL("../../src/table/index.ts", import.meta.url).pathname,
      "gradus/graph": new URL("../../src/graph/index.ts", import.meta.url).pathname,
    },
  });
};
