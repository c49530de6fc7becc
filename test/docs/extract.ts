import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A piece of TypeScript that the documentation shows. */
export interface Example {
  /** Whose it is, `Optimizer.minimize` say, or which block of a page: `README.md 2`. */
  readonly name: string;
  readonly code: string;
}

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), {}, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
  },
} satisfies ts.ParseConfigFileHost)!;

/** What a user has: strict, and the library under its name; variables that only show something may stay unused. */
const options: ts.CompilerOptions = {
  ...config.options,
  noEmit: true,
  declaration: false,
  isolatedDeclarations: false,
  erasableSyntaxOnly: false,
  noUnusedLocals: false,
  paths: { gradus: [join(root, "src/index.ts")] },
};

const library = ts.createProgram([join(root, "src/index.ts")], options);
const checker = library.getTypeChecker();

const exported: readonly ts.Symbol[] = checker
  .getExportsOfModule(checker.getSymbolAtLocation(library.getSourceFile(join(root, "src/index.ts"))!)!)
  .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol));

/** The names of all functions, classes and constants that the library exports. */
export const values: readonly string[] = exported
  .filter((symbol) => symbol.flags & ts.SymbolFlags.Value)
  .map((symbol) => symbol.name);

/** The names of its types that are no values. */
export const types: readonly string[] = exported.map(({ name }) => name).filter((name) => !values.includes(name));

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

export const docstringExamples: readonly Example[] = exported.flatMap((symbol) => examplesOf(symbol.name, symbol));

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`)].filter((path) =>
  path.endsWith(".md"),
);

export const pageExamples: readonly Example[] = pages.flatMap((path) => {
  const blocks = readFileSync(join(root, path), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, code], index) => ({ name: `${path} ${index + 1}`, code }));
});

/** The faults that the compiler finds in modules which exist in memory only, by the name of the module. */
export const faultsOf = (modules: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> => {
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
  const program = ts.createProgram([...texts.keys()], options, host, library);
  return new Map(
    Array.from(paths, ([name, path]) => {
      const file = program.getSourceFile(path)!;
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))];
    }),
  );
};
