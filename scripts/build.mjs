// Builds dist/: the sources as JavaScript modules with types.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleForNode, linesOnly } from "./nodeBundle.mjs";
import { licence, program, style } from "./reportPage.mjs";
import { vendor } from "./vendor.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
rmSync(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
  cwd: root,
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|d\.ts)$/.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const text = readFileSync(path, "utf8");
  if (path.endsWith(".d.ts")) {
    // tsc rewrites `.ts` in the imports of JavaScript, but not in those of declarations.
    writeFileSync(path, text.replace(/((?:from|import\()\s*["'])(\.{1,2}\/[^"']+)\.ts(["'])/g, "$1$2.js$3"));
  } else if (path.endsWith(".generated.js")) {
    // Data in base64: a map would contain it again, and does not help in a debugger.
    writeFileSync(path, text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
    rmSync(`${path}.map`);
  } else {
    writeFileSync(`${path}.map`, JSON.stringify(linesOnly(JSON.parse(readFileSync(`${path}.map`, "utf8")))));
  }
}

await vendor(root, dist);

// The text that `#report-page` bundles when the sources import it.
mkdirSync(join(dist, "vendor"), { recursive: true });
writeFileSync(
  join(dist, "vendor/report-page.js"),
  `/*! ${licence.replaceAll("*/", "* /")}*/\nexport const program = ${JSON.stringify(program)};\nexport const style = ${JSON.stringify(style)};\n`,
);
writeFileSync(join(dist, "vendor/report-page.LICENSE.txt"), licence);

await bundleForNode(root, dist, {
  index: "index.js",
  report: "report/index.js",
  table: "table/index.js",
  images: "images/index.js",
  graph: "graph/index.js",
  keras: "keras/index.js",
});
