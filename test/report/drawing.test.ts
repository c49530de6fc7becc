import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { History } from "../../src/index.ts";
import { type Reported, renderReport } from "../../src/report/renderReport.ts";
import { isRequired, launch, program } from "../playground/browser.ts";

describe.runIf(program !== undefined || isRequired)("what a report draws in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const shown = async (reported: Reported, options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.setContent(renderReport(reported));
    return page;
  };

  const chart = (page: Page, title: string): Locator =>
    page.locator("figure.chart").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

  /** How many points of the plotting area of a chart are of the colour of its first line, from left to right. */
  const inkOf = async (figure: Locator): Promise<readonly number[]> => {
    await figure.scrollIntoViewIfNeeded();
    await figure.locator("canvas").waitFor();
    return figure.evaluate((one) => {
      const canvas = one.querySelector("canvas") as HTMLCanvasElement;
      const over = (one.querySelector(".u-over") as HTMLElement).getBoundingClientRect();
      const box = canvas.getBoundingClientRect();
      const scale = canvas.width / box.width;
      const [left, top] = [(over.left - box.left) * scale, (over.top - box.top) * scale];
      const [width, height] = [Math.round(over.width * scale), Math.round(over.height * scale)];
      const { data } = canvas.getContext("2d")!.getImageData(left, top, width, height);
      const own = getComputedStyle(one.querySelector(".swatch") as HTMLElement).borderTopColor;
      const [red, green, blue] = (own.match(/\d+/g) ?? []).map(Number);
      return Array.from({ length: width }, (_, x) => {
        let count = 0;
        for (let y = 0; y < height; y++) {
          const at = 4 * (y * width + x);
          if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] > 200) count++;
        }
        return count;
      });
    });
  };

  const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

  test("points that share the largest x are all drawn", async () => {
    const some = Array.from({ length: 60 }, (_, row) => ({ row, target: row % 2, predicted: row / 60 }));
    const values = { data: "d", examples: 60, outputs: [{ some, worst: [] }] };
    const page = await shown(new History([], [{ step: 1, epoch: 1, values }]));
    const ink = await inkOf(chart(page, "Predicted and true"));
    const half = ink.length >> 1;
    const [left, right] = [sum(ink.slice(0, half)), sum(ink.slice(half))];
    expect(left).toBeGreaterThan(100);
    expect(right).toBeGreaterThan(0.8 * left);
    await page.context().close();
  });
});
