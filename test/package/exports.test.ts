import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { entryPoints } from "../../scripts/entryPoints.ts";

/** The names that a public module exports, and whether each is a value (also a class) or only a type. */
const exportsOf = (file: string): ReadonlyMap<string, "value" | "type"> => {
  const kinds = new Map<string, "value" | "type">();
  for (const statement of ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022).statements) {
    const { exportClause, isTypeOnly } = statement as ts.ExportDeclaration;
    if (!ts.isExportDeclaration(statement) || !exportClause || !ts.isNamedExports(exportClause)) {
      throw new Error(`${file}: a public module may have only named exports`);
    }
    for (const specifier of exportClause.elements) {
      kinds.set(specifier.name.text, isTypeOnly || specifier.isTypeOnly ? "type" : "value");
    }
  }
  return kinds;
};

const surfaces = Array.from(entryPoints(), ([name, file]) => [name, file, exportsOf(file)] as const);

// `npx vitest run test/package/exports.test.ts -u` adds a new export to the list.
test("the package exports the names in exports.txt", async () => {
  const lines = surfaces.flatMap(([entry, , kinds]) =>
    Array.from(kinds, ([name, kind]) => `${entry} ${kind} ${name}`).sort(),
  );
  const list = fileURLToPath(new URL("exports.txt", import.meta.url));
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(list);
});

test.each(surfaces)("%s exports its values at run time", async (_, file, kinds) => {
  const values = Array.from(kinds.keys()).filter((name) => kinds.get(name) === "value");
  expect(Object.keys((await import(file)) as object).sort()).toEqual(values.sort());
});
