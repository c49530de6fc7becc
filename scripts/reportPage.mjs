// The program of a report: src/report/client with its charting library as one text, and its styles as another. The sources
// import this module as `#report-page`, which bundles each time; the build writes its texts into dist/vendor.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { licenceOf } from "./licence.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const client = join(root, "src/report/client");
const library = licenceOf(root, "uplot");

const { outputFiles } = buildSync({
  entryPoints: [join(client, "main.ts"), join(client, "style.css")],
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome100", "firefox100", "safari15.4"],
  charset: "utf8",
  banner: { js: library.comment, css: library.comment },
  outdir: "unused",
  write: false,
  logLevel: "warning",
});

const textOf = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text.trim();

export const program = textOf(".js");
export const style = textOf(".css");
export const licence = library.text;
