// Bundles libraries that the sources import into dist/: `dependencies` stays empty, and npm does not install them.
//
// Each imported library becomes dist/vendor/<name>.js, with its licence at its top and as a file beside it, and the modules
// that tsc wrote import it from there. Modules of gradus do not change, so that all entry points share them: a tensor of one
// entry point is a tensor for the others.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";
import ts from "typescript";
import { licenceOf, packageFolder } from "./licence.mjs";

/** Whether a specifier names a package, and not a module of gradus or Node. */
const isPackage = (specifier) => !/^(\.|#|node:)/.test(specifier);

/** The imports and re-exports of a module: their specifiers, the positions of these, and the imported names. */
const importsOf = (path, text) => {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  return statements
    .filter((node) => (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
    .map((node) => {
      const names = [];
      if (ts.isImportDeclaration(node)) {
        if (node.importClause?.name) names.push("default");
        const bindings = node.importClause?.namedBindings;
        if (bindings && ts.isNamespaceImport(bindings)) names.push("*");
        else if (bindings)
          names.push(...bindings.elements.map((binding) => (binding.propertyName ?? binding.name).text));
      } else if (node.exportClause && ts.isNamedExports(node.exportClause)) {
        names.push(...node.exportClause.elements.map((element) => (element.propertyName ?? element.name).text));
      } else {
        names.push("*");
      }
      const { moduleSpecifier } = node;
      return { specifier: moduleSpecifier.text, names, start: moduleSpecifier.pos, end: moduleSpecifier.end };
    });
};

/** Replaces Node's modules by empty modules, because a bundled library also runs in browsers. */
const withoutNode = {
  name: "without-node",
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(node:)?(${builtinModules.map((name) => name.replaceAll("/", "\\/")).join("|")})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: "without-node" }));
    onLoad({ filter: /.*/, namespace: "without-node" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Bundles one library with its licence, and returns the path of the module. */
const bundleLibrary = async (root, dist, specifier, names) => {
  const licence = licenceOf(root, specifier);
  if (names.has("*")) throw new Error(`vendor: import the names that you use from "${specifier}", not all of it.`);
  const base = specifier.replace(/^@/, "").replaceAll("/", "-").replace(/\.js$/, "");
  const path = join(dist, "vendor", `${base}.js`);
  mkdirSync(dirname(path), { recursive: true });
  await build({
    stdin: {
      contents: `export { ${[...names].sort().join(", ")} } from ${JSON.stringify(specifier)};`,
      resolveDir: root,
    },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    // With this constant Papa Parse leaves out its streams of Node, and never uses Node's modules.
    define: { PAPA_BROWSER_CONTEXT: "true" },
    minifySyntax: true,
    plugins: [withoutNode],
    legalComments: "inline",
    banner: { js: licence.comment },
    outfile: path,
    logLevel: "warning",
  });
  writeFileSync(join(dist, "vendor", `${base}.LICENSE.txt`), licence.text);
  return path;
};

/** Bundles the packages that the modules of `dist` import, and redirects the imports. */
export const vendor = async (root, dist) => {
  const modules = readdirSync(dist, { recursive: true, encoding: "utf8" }).map((name) => join(dist, name));
  const wanted = new Map();
  const edits = [];
  for (const path of modules) {
    if (!/\.(js|d\.ts)$/.test(path)) continue;
    const text = readFileSync(path, "utf8");
    const imports = importsOf(path, text).filter(({ specifier }) => isPackage(specifier));
    if (imports.length === 0) continue;
    if (path.endsWith(".d.ts")) {
      const { specifier } = imports[0];
      const where = relative(dist, path);
      throw new Error(
        `vendor: declarations must not need a bundled library, got "${specifier}" in ${where}. ` +
          "Describe the type in gradus: its users do not have that library's types.",
      );
    }
    for (const { specifier, names } of imports) {
      const all = wanted.get(specifier) ?? new Set();
      for (const name of names) all.add(name);
      wanted.set(specifier, all);
    }
    edits.push({ path, text, imports });
  }
  const paths = new Map();
  for (const [specifier, names] of wanted) {
    if (!existsSync(packageFolder(root, specifier))) throw new Error(`vendor: "${specifier}" is not installed.`);
    paths.set(specifier, await bundleLibrary(root, dist, specifier, names));
  }
  for (const { path, text, imports } of edits) {
    let result = text;
    for (const { specifier, start, end } of imports.toReversed()) {
      const target = relative(dirname(path), paths.get(specifier)).split(sep).join("/");
      result = `${result.slice(0, start)} ${JSON.stringify(target.startsWith(".") ? target : `./${target}`)}${result.slice(end)}`;
    }
    writeFileSync(path, result);
  }
};
