import { type DeclarationReflection, ReflectionKind } from "typedoc";
import { expect, test } from "vitest";
import { readApi } from "../../scripts/docs.ts";
import { surfaces } from "./extract.ts";

const { project, problems } = await readApi();

test("typedoc reports no problem: exports are described, types in signatures are exported, links work", () => {
  expect(problems).toEqual([]);
});

test("every export of every entry point has a subject", () => {
  const modules = project.getReflectionsByKind(ReflectionKind.Module) as DeclarationReflection[];
  expect(modules.map(({ name }) => name).sort()).toEqual(surfaces.map(({ entry }) => entry).sort());
  for (const { name, categories = [] } of modules) {
    const { values, types } = surfaces.find(({ entry }) => entry === name)!;
    const grouped = categories.flatMap(({ children }) => children.map((child) => child.name));
    expect([...grouped].sort()).toEqual([...values, ...types].sort());
    expect(categories.map(({ title }) => title)).not.toContain("Other");
  }
});
