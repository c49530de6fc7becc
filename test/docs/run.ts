import { runInThisContext } from "node:vm";
import ts from "typescript";
import { expect } from "vitest";
import { entryPoints } from "../../scripts/entryPoints.ts";
import * as gradus from "../../src/index.ts";

type Names = Readonly<Record<string, unknown>>;

/** The exports of each entry point. */
const surfaces: ReadonlyMap<string, Names> = new Map(
  await Promise.all(
    Array.from(entryPoints(), async ([name, source]) => [name, (await import(source)) as Names] as const),
  ),
);

/** The imports of a program from Node's modules. */
const importsOf = async (code: string): Promise<Names> => {
  const imports: Record<string, unknown> = {};
  for (const statement of ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true).statements) {
    if (!ts.isImportDeclaration(statement) || statement.importClause?.isTypeOnly) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (surfaces.has(from)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!from.startsWith("node:") || !bindings || !ts.isNamedImports(bindings)) {
      throw new Error(`an example imports names from gradus and from node:, not "${statement.getText()}"`);
    }
    const names = (await import(from)) as Names;
    for (const { name } of bindings.elements) imports[name.text] = names[name.text];
  }
  return imports;
};

/** A value without parts, at the beginning of a comment. */
const single = /^(?:"[^"]*"|-?(?:\d[\d_]*(?:\.\d+)?(?:e-?\d+)?|Infinity)|NaN|true|false|undefined)/;

/** The literal at the beginning of a comment, which is the value of the expression before it: `[1, 2]` of `[1, 2], not [3]`. */
const literalIn = (comment: string): string | undefined => {
  if (!/^[[{]/.test(comment)) return single.exec(comment)?.[0];
  let depth = 0;
  for (let index = 0; index < comment.length; index++) {
    if ("[{".includes(comment[index])) depth++;
    if ("]}".includes(comment[index]) && --depth === 0) return comment.slice(0, index + 1);
  }
  return undefined;
};

/** The expectation that a comment states: a value, exactly or about, a bound of it, or that the line throws. */
interface Claim {
  readonly text: string;
  readonly kind: "is" | "about" | "above" | "below" | "throws";
}

/** The tolerance of "about" and "near", relative to the value, or to 1 for smaller values. */
const vague = 0.1;

/** @throws Error for a comment that looks like a value but cannot be read: it would be skipped silently. */
const claimOf = (comment: string): Claim | undefined => {
  if (comment.startsWith("throws ")) return { text: comment.slice(7), kind: "throws" };
  const [, word, rest] = /^(above|below|about|near) (.*)/.exec(comment) ?? [];
  const text = literalIn(rest ?? comment);
  if (text !== undefined) {
    const kind = word === "above" || word === "below" ? word : word === undefined ? "is" : "about";
    return { text, kind };
  }
  if (/^[-\d["{]/.test(comment)) throw new Error(`what does the comment "${comment}" say?`);
  return undefined;
};

/** Compares a value without parts. Numbers with fewer than four decimals are exact, others are rounded. */
const expectOne = (value: unknown, text: string, where: string, isVague: boolean): void => {
  const expected: unknown = runInThisContext(text);
  if (typeof expected !== "number" || !Number.isFinite(expected)) {
    expect(value, where).toEqual(expected);
    return;
  }
  const decimals = /\.(\d+)$/.exec(text)?.[1].length ?? 0;
  const exact = (decimals < 4 ? 0 : 0.5 * 10 ** -decimals) + 2 ** -23 * Math.abs(expected);
  const tolerance = isVague ? vague * Math.max(Math.abs(expected), 1) : exact;
  const difference = Math.abs((value as number) - expected);
  expect(difference, `${where} is ${value}, shown as ${text}`).toBeLessThanOrEqual(tolerance);
};

/** Compares a value with a literal, numbers to the digits that are shown. */
const expectShown = (value: unknown, shown: ts.Expression, where: string, isVague = false): void => {
  if (value instanceof gradus.Tensor) {
    expectShown(value.toArray(), shown, where, isVague);
  } else if (ArrayBuffer.isView(value)) {
    expectShown(Array.from(value as Float32Array), shown, where, isVague);
  } else if (ts.isArrayLiteralExpression(shown)) {
    expect(Array.isArray(value) ? value.length : value, where).toBe(shown.elements.length);
    shown.elements.forEach((element, index) => {
      expectShown((value as unknown[])[index], element, `${where}[${index}]`, isVague);
    });
  } else if (ts.isObjectLiteralExpression(shown)) {
    for (const property of shown.properties as ts.NodeArray<ts.PropertyAssignment>) {
      const key = property.name.getText().replaceAll('"', "");
      expectShown((value as Record<string, unknown>)[key], property.initializer, `${where}.${key}`, isVague);
    }
  } else {
    expectOne(value, shown.getText(), where, isVague);
  }
};

const literalOf = (text: string): ts.Expression => {
  const file = ts.createSourceFile("shown.ts", `(${text})`, ts.ScriptTarget.ES2022, true);
  return ((file.statements[0] as ts.ExpressionStatement).expression as ts.ParenthesizedExpression).expression;
};

/** A replacement of a piece of code. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Replaces a statement that has a claim behind it by a call of `check` or `refuse`. */
const editOf = (statement: ts.Statement, claim: Claim, index: number): Edit => {
  const [from, to] = [statement.getStart(), statement.end];
  if (ts.isExpressionStatement(statement)) {
    const expression = statement.expression.getText();
    if (claim.kind !== "throws") return { from, to, text: `check(${index}, ${expression});` };
    if (ts.isSourceFile(statement.parent)) {
      return { from, to, text: `await refuse(${index}, async () => (${expression}));` };
    }
  }
  const [only, ...others] = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
  if (only === undefined || others.length > 0 || claim.kind === "throws") {
    throw new Error(`"${statement.getText()}" has no one value to check`);
  }
  return { from, to, text: `${statement.getText()}\ncheck(${index}, ${only.name.getText()});` };
};

/** The example without its imports, and with a call of `check` or `refuse` for each comment that makes a claim. */
const instrument = (code: string, claims: Claim[]): string => {
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      edits.push({ from: node.getStart(), to: node.end, text: "" });
      return;
    }
    // A comment behind a statement that contains others belongs to its last line, so only plain statements have claims.
    const isPlain = ts.isExpressionStatement(node) || ts.isVariableStatement(node) || ts.isReturnStatement(node);
    const comment = isPlain ? /^[ \t]*\/\/ ?(.*)/.exec(code.slice(node.end))?.[1] : undefined;
    const claim = comment === undefined ? undefined : claimOf(comment.trim());
    if (claim === undefined) {
      ts.forEachChild(node, visit);
      return;
    }
    edits.push(editOf(node as ts.Statement, claim, claims.length));
    claims.push(claim);
  };
  ts.forEachChild(ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true), visit);
  return edits.reduceRight((text, { from, to, text: other }) => text.slice(0, from) + other + text.slice(to), code);
};

/** The exports of the library that a piece of code names. */
export const namesIn = (code: string, names: readonly string[]): readonly string[] => {
  const words = new Set(code.match(/[A-Za-z_]\w*/g));
  return names.filter((name) => words.has(name));
};

/** The names that a piece of code declares. */
export const declaredIn = (code: string): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if ((ts.isVariableDeclaration(node) || ts.isBindingElement(node)) && ts.isIdentifier(node.name)) {
      names.add(node.name.text);
    } else if ((ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node)) && node.name) {
      names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true));
  return names;
};

/**
 * Runs an example as the body of an async function, and compares its values with the claims in its comments.
 * @param replaced Functions that replace functions of the library.
 * @returns The number of comments that were compared.
 */
export const runExample = async (code: string, replaced: Names): Promise<number> => {
  const claims: Claim[] = [];
  const body = instrument(code, claims);
  const scope: Record<string, unknown> = {};
  for (const names of [...surfaces.values(), await importsOf(code), replaced]) Object.assign(scope, names);
  const reached = new Set<number>();
  scope.check = (index: number, value: unknown): void => {
    reached.add(index);
    const { text, kind } = claims[index];
    const where = `line with "${text}"`;
    if (kind === "above") expect(value, where).toBeGreaterThan(Number(text));
    else if (kind === "below") expect(value, where).toBeLessThan(Number(text));
    else expectShown(value, literalOf(text), where, kind === "about");
  };
  scope.refuse = async (index: number, call: () => Promise<unknown>): Promise<void> => {
    reached.add(index);
    const error = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain(claims[index].text);
  };
  const declared = declaredIn(body);
  const free = namesIn(body, Object.keys(scope)).filter((name) => !declared.has(name));
  const source = `async ({ ${free.join(", ")} }) => {\n${body}\n}`;
  const { outputText } = ts.transpileModule(`(${source})`, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  const run = runInThisContext(outputText) as (scope: object) => Promise<void>;
  await run(scope);
  expect(reached.size, "every claim was reached").toBe(claims.length);
  return reached.size;
};
