import { build } from "esbuild";

/**
 * Makes one file of a program. For Node it is left readable, and Emscripten's code gets what modules do not have; for a
 * page it is minified, as it would be served.
 */
export const bundle = async (entry: string, outfile: string, platform: "node" | "browser"): Promise<void> => {
  const isPage = platform === "browser";
  const forNode =
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url), __dirname = ".";';
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform,
    format: "esm",
    minify: isPage,
    mainFields: isPage ? ["browser", "module", "main"] : ["module", "main"],
    conditions: isPage ? ["gradus-source", "browser"] : ["gradus-source"],
    banner: isPage ? {} : { js: forNode },
    logLevel: "error",
  });
};
