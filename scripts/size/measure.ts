import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Metafile, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The programs whose size is watched, by the names of their files, and what each may weigh: gzipped bytes. */
export const budgets: Readonly<Record<string, number>> = {
  gradients: 20_500,
  seed: 44_500,
  fit: 60_000,
  everything: 170_000,
};

/** A program as a web page gets it. */
export interface Bundle {
  readonly minified: number;
  readonly gzipped: number;
  /** Of each folder of src: how many minified bytes it puts into the bundle. */
  readonly folders: Readonly<Record<string, number>>;
  /** Of each module that puts something into the bundle: how many minified bytes. */
  readonly modules: Readonly<Record<string, number>>;
  readonly text: string;
}

const inputsOf = ({ outputs }: Metafile): readonly (readonly [string, number])[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
    .filter(([, bytes]) => bytes > 0)
    .sort((a, b) => b[1] - a[1]);

/** A module of src/ of which nothing is left but its names: what it needs for itself alone goes with it. */
const leaveOut = (path: string): Plugin => ({
  name: "leave-out",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      if (relative(root, file).replaceAll("\\", "/") !== path) return undefined;
      const { metafile } = await build({ entryPoints: [file], write: false, metafile: true, outdir: "out" });
      const [{ exports }] = Object.values(metafile.outputs);
      // Not the names themselves, of which one may be `const`.
      const names = exports.map((name, index) => `nothing${index} as ${name}`);
      const values = exports.map((_, index) => `const nothing${index} = undefined;`);
      return { contents: `${values.join("\n")}\nexport { ${names.join(", ")} };` };
    });
  },
});

/**
 * Bundles TypeScript that imports "gradus" for browsers: `esbuild --bundle --minify --format=esm`, then `gzip -9`.
 * @param without A module that is left out.
 */
export const bundle = async (contents: string, without?: string): Promise<Bundle> => {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["gradus-source"],
    absWorkingDir: root,
    write: false,
    metafile: true,
    plugins: without === undefined ? [] : [leaveOut(without)],
    logLevel: "silent",
  });
  const [{ contents: bytes, text }] = outputFiles;
  const folders: Record<string, number> = {};
  const modules: Record<string, number> = {};
  for (const [path, size] of inputsOf(metafile)) {
    const folder = path.startsWith("src/") ? path.slice(4).split("/")[0] : "the program";
    folders[folder] = (folders[folder] ?? 0) + size;
    modules[path] = size;
  }
  return { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length, folders, modules, text };
};

/** The text of one of the programs of this folder. */
export const programText = (name: string): string => readFileSync(new URL(`${name}.ts`, import.meta.url), "utf8");

/** Bundles one of them. */
export const bundleProgram = (name: string, without?: string): Promise<Bundle> => bundle(programText(name), without);
