import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Metafile, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A program whose size is watched. */
interface Watched {
  readonly file: string;
  /** The largest allowed size, in gzipped bytes. */
  readonly budget: number;
}

/**
 * The programs whose size is watched. `functions` and `layers` are one network, which is defined, trained and used in two
 * ways; `npm run bench:peers` compares them with the same program in other libraries.
 */
export const programs: Readonly<Record<string, Watched>> = {
  gradients: { file: "bench/size/gradients.ts", budget: 22_250 },
  functions: { file: "bench/peers/programs/gradus-functions.ts", budget: 28_750 },
  layers: { file: "bench/peers/programs/gradus-layers.ts", budget: 53_150 },
  convolutions: { file: "bench/size/convolutions.ts", budget: 63_250 },
  fit: { file: "bench/size/fit.ts", budget: 73_950 },
  loadOnnx: { file: "bench/size/loadOnnx.ts", budget: 104_000 },
  graph: { file: "bench/size/graph.ts", budget: 171_400 },
  keras: { file: "bench/size/keras.ts", budget: 109_100 },
  everything: { file: "bench/size/everything.ts", budget: 224_500 },
};

/** A program as a web page gets it. */
export interface Bundle {
  readonly minified: number;
  readonly gzipped: number;
  /** The minified bytes of each folder of src in the bundle. */
  readonly folders: Readonly<Record<string, number>>;
  /** The minified bytes of each module in the bundle. */
  readonly modules: Readonly<Record<string, number>>;
  readonly text: string;
}

const inputsOf = ({ outputs }: Metafile): readonly (readonly [string, number])[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
    .filter(([, bytes]) => bytes > 0)
    .sort((a, b) => b[1] - a[1]);

/** Empties a module of src/ except for its exported names, so that the modules that only it needs are dropped too. */
const leaveOut = (path: string): Plugin => ({
  name: "leave-out",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      if (relative(root, file).replaceAll("\\", "/") !== path) return undefined;
      const { metafile } = await build({ entryPoints: [file], write: false, metafile: true, outdir: "out" });
      const [{ exports }] = Object.values(metafile.outputs);
      // Not the names themselves: one of them may be a keyword such as `const`.
      const names = exports.map((name, index) => `nothing${index} as ${name}`);
      const values = exports.map((_, index) => `const nothing${index} = undefined;`);
      return { contents: `${values.join("\n")}\nexport { ${names.join(", ")} };` };
    });
  },
});

/**
 * Bundles TypeScript that imports "gradus" for browsers: `esbuild --bundle --minify --format=esm`, then `gzip -9`.
 * @param without A module that is left out.
 * @param folder The folder from which relative imports start.
 */
export const bundle = async (contents: string, without?: string, folder: string = root): Promise<Bundle> => {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: folder, loader: "ts" },
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

/** Bundles one of the programs. */
export const bundleProgram = (name: string, without?: string): Promise<Bundle> => {
  const file = join(root, programs[name].file);
  return bundle(readFileSync(file, "utf8"), without, dirname(file));
};
