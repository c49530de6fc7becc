import { build } from "esbuild";

/**
 * Bundles a program into one file. For Node it stays readable, and defines `require` and `__dirname` for Emscripten's code;
 * for a page it is minified.
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
