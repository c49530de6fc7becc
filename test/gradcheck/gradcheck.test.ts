import { expect, test } from "vitest";
import { runGradcheck } from "./run.ts";
import { formatTable } from "./table.ts";

test("every derivative agrees with central differences, and every mutant of it does not", { timeout: 180_000 }, () => {
  const rows = runGradcheck();
  const failed = rows.filter(({ failures }) => failures.length > 0);
  expect(failed, formatTable(failed).join("\n")).toEqual([]);
});
