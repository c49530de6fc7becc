import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { program, style } from "../../scripts/reportPage.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = join(root, "playground");

/** Where `npm run playground` builds; not part of the package. */
export const playgroundFolder: string = join(root, "dist", "playground");

/** Replaces `#report-page` by its text: in the sources it runs esbuild, which does not run in browsers. */
export const reportPage: Plugin = {
  name: "report-page",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#report-page$/ }, ({ path }) => ({ path, namespace: "report-page" }));
    onLoad({ filter: /.*/, namespace: "report-page" }, () => ({
      contents: `export const program = ${JSON.stringify(program)}; export const style = ${JSON.stringify(style)};`,
    }));
  },
};

/**
 * Builds the playground into a folder that any static host can serve, from any path: all addresses in it are relative.
 * @returns The folder.
 */
export const buildPlayground = async (folder: string = playgroundFolder): Promise<string> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // The page's program and style include uPlot, so they must include its licence.
  const licence = await readFile(join(root, "node_modules", "uplot", "LICENSE"), "utf8");
  const banner = `/*! The charts are drawn by uPlot, which is part of this file:\n\n${licence.trim()}\n*/`;
  const common: BuildOptions = {
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    conditions: ["gradus-source"],
    plugins: [reportPage],
    absWorkingDir: root,
    logLevel: "warning",
  };
  await build({
    ...common,
    entryPoints: { main: join(source, "main.ts"), style: join(source, "style.css") },
    outdir: folder,
    banner: { js: banner, css: banner },
  });
  await build({ ...common, entryPoints: { worker: join(source, "worker", "worker.ts") }, outdir: folder });
  for (const file of ["index.html", "icon.svg"]) await cp(join(source, file), join(folder, file));
  await writeFile(join(folder, "uplot.LICENSE.txt"), licence);
  return folder;
};
