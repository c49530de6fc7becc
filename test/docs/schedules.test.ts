import { expect, test } from "vitest";
import { drawSchedules } from "../../docs/pictures/schedules.ts";
import { exportedSchedules } from "../optim/exported.ts";
import { textOf } from "./pages.ts";

test("the chart and the table of schedules show every schedule", () => {
  const drawn = drawSchedules();
  const text = textOf("docs/guides/schedules.md");
  expect(exportedSchedules.length).toBeGreaterThan(7);
  for (const name of exportedSchedules) {
    expect(drawn).toContain(`>${name}</text>`);
    expect(text).toContain(`| \`${name}\``);
  }
});
