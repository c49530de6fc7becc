import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../src/ops", import.meta.url));

/**
 * Kernels get their numbers at addresses (`SimdCall.ints`, `floats`, `workspace`). An operation that wrote or read the
 * linear memory by itself could not be recorded and replayed.
 */
test("operations do not import the heap or the arena", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(20);
  const importing = files.filter((file) =>
    /from "[^"]*\/(heap|arena|block)\.ts"/.test(readFileSync(`${folder}/${file}`, "utf8")),
  );
  expect(importing).toEqual([]);
});
