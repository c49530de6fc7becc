import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderSchedules, schedulesChart } from "../../scripts/schedules.ts";
import { builtInFunctions } from "../../src/io/functions.ts";

test("the chart of the schedules is what the script draws, and shows all of them", () => {
  const drawn = readFileSync(schedulesChart, "utf8");
  expect(drawn).toBe(renderSchedules());
  const text = readFileSync(new URL("../../docs/schedules.md", import.meta.url), "utf8");
  const schedules = [...builtInFunctions().keys()].filter((name) =>
    /Decay|Constant$|Cycle$|WarmUp$|Plateau$/.test(name),
  );
  expect(schedules.length).toBeGreaterThanOrEqual(8);
  for (const name of schedules) {
    expect(drawn).toContain(`>${name}</text>`);
    expect(text).toContain(`| \`${name}\``);
  }
});
