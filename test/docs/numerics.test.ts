import { expect, test } from "vitest";
import { checkedFunctions } from "../../bench/ulp.ts";
import { textOf } from "./pages.ts";

test("docs/internals/numerics.md states the bounds that npm run ulp checks", () => {
  const stated = Array.from(
    textOf("docs/internals/numerics.md").matchAll(/`(\w+)` +\| ([\d.]+) +\|/g),
    ([, name, bound]) => [name, Number(bound)],
  );
  expect(stated.length).toBe(12);
  for (const [name, bound] of stated) expect([name, checkedFunctions[name].bound]).toEqual([name, bound]);
});
