import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { entryPoints } from "../../scripts/entryPoints.ts";
import { blocksOf, pages } from "./pages.ts";

/** A piece of TypeScript that the documentation shows. */
export interface Example {
  /** The name of its declaration, such as `Optimizer.minimize`, or of a block on a page: `README.md 2`. */
  readonly name: string;
  readonly code: string;
  /** Whether it is only compiled, not run. */
  readonly compiledOnly?: boolean;
  /** The output or the error that the page shows below it. */
  readonly printed?: string;
  readonly thrown?: string;
}

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), {}, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
  },
} satisfies ts.ParseConfigFileHost)!;

/** The options of a user: strict, with the library under its name. Variables may be unused, because some only show a value. */
const options: ts.CompilerOptions = {
  ...config.options,
  noEmit: true,
  declaration: false,
  isolatedDeclarations: false,
  erasableSyntaxOnly: false,
  noUnusedLocals: false,
  paths: Object.fromEntries(Array.from(entryPoints(), ([name, source]) => [name, [source]])),
};

const library = ts.createProgram([...entryPoints().values()], options);
const checker = library.getTypeChecker();

/** The exports of a module, by name. */
const exportsOf = (source: string): ReadonlyMap<string, ts.Symbol> =>
  new Map(
    checker
      .getExportsOfModule(checker.getSymbolAtLocation(library.getSourceFile(source)!)!)
      .map((symbol) => [symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol]),
  );

/** The exports of one entry point. */
export interface Surface {
  /** The specifier that imports it. */
  readonly entry: string;
  /** The names of all functions, classes and constants. */
  readonly values: readonly string[];
  /** The names of the types that are not values. */
  readonly types: readonly string[];
}

export const surfaces: readonly Surface[] = Array.from(entryPoints(), ([entry, source]) => {
  const all = [...exportsOf(source)];
  const names = (values: boolean): string[] =>
    all.filter(([, { flags }]) => ((flags & ts.SymbolFlags.Value) !== 0) === values).map(([name]) => name);
  return { entry, values: names(true), types: names(false) };
});

/** The examples of a declaration and of its members. */
const examplesOf = (name: string, symbol: ts.Symbol): readonly Example[] => {
  const members = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])];
  const own = symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === "example")
    .map((tag, index) => ({
      name: index === 0 ? name : `${name} (${index + 1})`,
      code: ts.displayPartsToString(tag.text),
    }));
  return [
    ...own,
    ...members
      .filter((member) => (member.flags & ts.SymbolFlags.TypeParameter) === 0)
      .flatMap((member) => examplesOf(`${name}.${member.name}`, member)),
  ];
};

/** A declaration that two entry points export is shown once. */
const exported = new Map(
  Array.from(entryPoints().values(), exportsOf).flatMap((all) => Array.from(all, ([name, symbol]) => [symbol, name])),
);
export const docstringExamples: readonly Example[] = Array.from(exported, ([symbol, name]) =>
  examplesOf(name, symbol),
).flat();

/** The blocks of TypeScript on a page that are not ignored, with the results that are shown below them. */
const examplesOn = (path: string): readonly Example[] => {
  const blocks = blocksOf(path);
  let count = 0;
  return blocks.flatMap(({ language, marker, code }, index) => {
    if (language !== "ts") return [];
    const name = `${path} ${++count}`;
    if (marker.startsWith("ignore")) return [];
    const after = blocks[index + 1];
    const shown = after?.language === "text" ? { [after.marker]: after.code } : {};
    return [{ name, code, compiledOnly: marker === "no_run", printed: shown.printed, thrown: shown.thrown }];
  });
};

export const pageExamples: readonly Example[] = pages.flatMap(examplesOn);

/**
 * The errors of the compiler in modules that exist only in memory, by the name of the module.
 * @param stricter Further compiler options.
 */
export const faultsOf = (
  modules: ReadonlyMap<string, string>,
  stricter: ts.CompilerOptions = {},
): ReadonlyMap<string, readonly string[]> => {
  const paths = new Map(Array.from(modules.keys(), (name, index) => [name, join(root, `test/docs/module${index}.ts`)]));
  const texts = new Map(Array.from(modules, ([name, text]) => [paths.get(name)!, text]));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? (library.getSourceFile(path) ?? getSourceFile(path, version, ...rest))
      : ts.createSourceFile(path, text, version, true);
  };
  const program = ts.createProgram([...texts.keys()], { ...options, ...stricter }, host, library);
  return new Map(
    Array.from(paths, ([name, path]) => {
      const file = program.getSourceFile(path)!;
      const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [name, diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))];
    }),
  );
};
