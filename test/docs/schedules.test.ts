import { expect, test } from "vitest";
import { drawSchedules } from "../../docs/pictures/schedules.ts";
import { builtInFunctions } from "../../src/io/model/functions.ts";
import { textOf } from "./pages.ts";

test("the chart and the table of schedules show every schedule", () => {
  const drawn = drawSchedules();
  const text = textOf("docs/guides/schedules.md");
  const schedules = [...builtInFunctions().keys()].filter((name) =>
    /Decay|Constant$|Cycle$|WarmUp$|Plateau$/.test(name),
  );
  expect(schedules.length).toBeGreaterThanOrEqual(8);
  for (const name of schedules) {
    expect(drawn).toContain(`>${name}</text>`);
    expect(text).toContain(`| \`${name}\``);
  }
});
