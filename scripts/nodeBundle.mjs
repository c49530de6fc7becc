// Bundles the modules of dist/ into a few files of dist/node, which Node loads. Reading and linking some 350 modules takes
// several times the processor time of compiling the same code in one file. Bundlers get the modules, because they can leave
// out whole modules without analysing them (the condition `module` is before `node` in package.json).
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { build } from "esbuild";

/** The files of dist/ that every entry point shares with the modules: libraries with their licences, and the digits. */
const isShared = (path) => /[\\/]dist[\\/]vendor[\\/]|\.generated\.js$/.test(path);

/** A source map with only the beginnings of lines. Breakpoints and stack traces do not need more. */
export const linesOnly = (map) => {
  const lines = decode(map.mappings).map((segments) =>
    segments
      .filter(([, source, line], at) => at === 0 || source !== segments[at - 1][1] || line !== segments[at - 1][2])
      .map(([column, source, line]) => [column, source, line, 0]),
  );
  return { ...map, names: [], mappings: encode(lines) };
};

/**
 * Bundles the entry points for Node.
 * @param entries The module in dist/ of each entry point, by the name of its bundle; the others share the first.
 */
export const bundleForNode = async (root, dist, entries) => {
  const folder = join(dist, "node");
  const names = Object.keys(entries);
  await build({
    entryPoints: names.map((name) => ({ in: `entry:${name}`, out: name })),
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: "shared-[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    // Parsing is most of the time. Names stay as they are, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    // Keeps the import of all of gradus in each entry point, so that their common code is in one file.
    ignoreAnnotations: true,
    logLevel: "warning",
    plugins: [
      {
        name: "shared",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^entry:/ }, ({ path }) => ({ path, namespace: "entry" }));
          onLoad({ filter: /.*/, namespace: "entry" }, ({ path }) => ({
            contents: `import "./${entries[names[0]]}";\nexport * from "./${entries[path.slice("entry:".length)]}";`,
            resolveDir: dist,
          }));
          onResolve({ filter: /^#report-page$/ }, ({ path }) => ({ path, external: true }));
          onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
            const target = resolve(resolveDir, path);
            if (!isShared(target) || !existsSync(target)) return undefined;
            return { path: relative(folder, target).split(sep).join("/"), external: true };
          });
        },
      },
    ],
  });
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".map"))) {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(linesOnly(JSON.parse(readFileSync(path, "utf8")))));
  }
  for (const [name, module] of Object.entries(entries))
    await restoreNames(join(folder, `${name}.js`), join(dist, module));
};

/**
 * Restores the names of exported functions and classes: in one file, esbuild renames a function if another one has its name
 * (`gelu3`). Summaries, reports and errors show names.
 */
const restoreNames = async (bundle, module) => {
  const [bundled, original] = await Promise.all([bundle, module].map((path) => import(pathToFileURL(path).href)));
  const renamed = Object.keys(original).filter((name) => bundled[name]?.name !== original[name]?.name);
  if (renamed.length === 0) return;
  const wrong = renamed.filter((name) => original[name].name !== name);
  if (wrong.length > 0) throw new Error(`nodeBundle: exports must keep their names, got ${wrong.join(", ")}.`);
  const names = JSON.stringify(renamed.join(" "));
  const code = `import*as own from"./${bundle.split(sep).at(-1)}";for(const name of ${names}.split(" "))Object.defineProperty(own[name],"name",{value:name,configurable:true});\n`;
  writeFileSync(bundle, readFileSync(bundle, "utf8").replace(/(?=\/\/# sourceMappingURL)/, code));
};
