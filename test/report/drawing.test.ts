import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { History, type Inspection } from "../../src/index.ts";
import { type Reported, renderReport } from "../../src/report/renderReport.ts";
import { isRequired, leavePage, program, takePage } from "../playground/browser.ts";

describe.runIf(program !== undefined || isRequired)("what a report draws in Chromium", () => {
  const shown = async (reported: Reported, options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await takePage("about:blank", options);
    await page.setContent(renderReport(reported));
    return page;
  };

  const chart = (page: Page, title: string): Locator =>
    page.locator("figure.chart").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

  /** How many points of the plotting area of a chart are of the colour of one of its lines, from left to right. */
  const inkOf = async (figure: Locator, line = 0): Promise<readonly number[]> => {
    await figure.scrollIntoViewIfNeeded();
    await figure.locator("canvas").waitFor();
    return figure.evaluate((element, line) => {
      const canvas = element.querySelector("canvas") as HTMLCanvasElement;
      const over = (element.querySelector(".u-over") as HTMLElement).getBoundingClientRect();
      const box = canvas.getBoundingClientRect();
      const scale = canvas.width / box.width;
      const [left, top] = [(over.left - box.left) * scale, (over.top - box.top) * scale];
      const [width, height] = [Math.round(over.width * scale), Math.round(over.height * scale)];
      const { data } = canvas.getContext("2d")!.getImageData(left, top, width, height);
      const own = getComputedStyle(element.querySelectorAll(".swatch")[line]).borderTopColor;
      const [red, green, blue] = (own.match(/\d+/g) ?? []).map(Number);
      return Array.from({ length: width }, (_, x) => {
        let count = 0;
        for (let y = 0; y < height; y++) {
          const at = 4 * (y * width + x);
          const [r, g, b, alpha] = data.subarray(at, at + 4);
          if (alpha > 100 && Math.abs(r - red) + Math.abs(g - green) + Math.abs(b - blue) < 60) count++;
        }
        return count;
      });
    }, line);
  };

  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

  test("a report draws all points that share the largest x", async () => {
    const some = Array.from({ length: 60 }, (_, row) => ({ row, target: row % 2, predicted: row / 60 }));
    const values = { data: "d", examples: 60, outputs: [{ some, worst: [] }] };
    const page = await shown(new History([], [{ step: 1, epoch: 1, values }]));
    const ink = await inkOf(chart(page, "Predicted and true"));
    const half = ink.length >> 1;
    const [left, right] = [sum(ink.slice(0, half)), sum(ink.slice(half))];
    expect(left).toBeGreaterThan(100);
    expect(right).toBeGreaterThan(0.8 * left);
    await leavePage(page);
  });

  test("a line of a chart has gaps where it has no values, but continues where only another line has some", async () => {
    // The first layer is frozen from 3 to 6, the validation loss is measured in every second epoch alone.
    const variables = (index: number) => [
      { name: "m/a/kernel", norm: 1, ...(index > 2 && index < 7 ? {} : { gradientNorm: 0.4 }) },
      { name: "m/b/kernel", norm: 1, gradientNorm: 0.04 },
    ];
    const looks = Array.from({ length: 10 }, (_, index) => ({
      step: index + 1,
      epoch: index,
      variables: variables(index),
    }));
    const records = Array.from({ length: 40 }, (_, epoch) => ({
      epoch,
      loss: epoch === 20 ? Number.NaN : 1,
      ...(epoch % 2 ? { validationLoss: 2 } : {}),
      steps: 1,
      seconds: 1,
    }));
    const page = await shown(new History(records, looks));
    const gradients = await inkOf(chart(page, "Norm of the gradients of weights"));
    const part = (from: number, to: number): readonly number[] =>
      gradients.slice(Math.round((gradients.length * from) / 9), Math.round((gradients.length * to) / 9));
    expect(Math.max(...part(2.3, 6.7))).toBe(0);
    expect(Math.min(...part(0.1, 1.9))).toBeGreaterThan(0);
    expect(Math.min(...part(7.1, 8.9))).toBeGreaterThan(0);

    const loss = chart(page, "Loss");
    const training = await inkOf(loss);
    expect(training.filter((count) => count === 0).length).toBeGreaterThan(5);
    await loss.getByRole("button", { name: /^training/ }).click();
    const validation = await inkOf(loss, 1);
    // Dashes and what is between them, all the way.
    const third = Math.floor(validation.length / 3);
    for (const from of [0.05 * third, third, 2 * third - 5].map(Math.floor)) {
      expect(sum(validation.slice(from, from + third))).toBeGreaterThan(0.5 * third);
    }
    await leavePage(page);
  });

  const long = "x".repeat(150);
  const epochs = [1, 0.5, 0.2].map((loss, epoch) => ({ epoch, loss, steps: 10, seconds: 0.1 }));
  const mistake = { row: 7, label: 0, predicted: 1, probability: 0.99, labelProbability: 0.01, pixels: "AP8=" };
  const inspection: Inspection = {
    step: 30,
    epoch: 3,
    setup: { model: "m", summary: "layer    ".repeat(9), classNames: [long, `${long}y`], facts: [["x", long]] },
    classes: {
      data: long,
      examples: 6,
      confusion: [
        [2, 1],
        [1, 3],
      ],
      mistakes: Array.from({ length: 3 }, () => mistake),
      imageShape: [1, 2, 1],
    },
  };

  test("names of any length do not make a report scroll sideways, and do not overlap", async () => {
    const run = new History(epochs, [inspection]);
    run.stopped = long;
    for (const width of [360, 1400]) {
      for (const reported of [run, { [long]: run, short: run }]) {
        const page = await shown(reported, { viewport: { width, height: 800 } });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        for (const figure of await page.locator(".images figure").all()) {
          const excess = await figure.evaluate((element) => element.scrollWidth - element.clientWidth);
          expect(excess).toBeLessThanOrEqual(0);
        }
        await leavePage(page);
      }
    }
  });

  test("the table of a model in a report does not scroll on a wide page", async () => {
    const page = await shown(new History(epochs, [inspection]), { viewport: { width: 1400, height: 800 } });
    const excess = await page.locator("pre").evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(excess).toBeLessThanOrEqual(0);
    await leavePage(page);
  });

  test("a report on paper is not cut off, and keeps colours that have a meaning", async () => {
    const setup = { ...inspection.setup!, classNames: Array.from({ length: 12 }, (_, label) => `class ${label}`) };
    const confusion = setup.classNames.map(() => setup.classNames.map(() => 100));
    const run = new History(epochs, [{ ...inspection, setup, classes: { ...inspection.classes!, confusion } }]);
    const page = await shown(run, { viewport: { width: 720, height: 1000 }, colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(720);
    const styles = await page
      .locator(".confusion td")
      .first()
      .evaluate((cell) => ({
        adjust: getComputedStyle(cell).printColorAdjust,
        overflow: getComputedStyle(cell.closest(".scroll")!).overflowX,
        text: getComputedStyle(document.body).color,
      }));
    expect(styles).toEqual({ adjust: "exact", overflow: "visible", text: "rgb(27, 29, 42)" });
    for (const card of await page.locator(".card, .chart").all()) {
      const edges = await card.evaluate((element) => {
        const right = (element: Element): number => element.getBoundingClientRect().right;
        return [right(element), ...[...element.querySelectorAll("canvas, table, pre")].map(right)];
      });
      expect(Math.max(...edges)).toBeLessThanOrEqual(edges[0]);
    }
    await leavePage(page);
  });

  test("a report draws filters in a colour for each sign, also when the system turns dark, and feature maps in gray", async () => {
    const filter = { layer: "c", filters: 1, imageShape: [1, 3, 1] as const, largest: 1, pictures: ["/4AB"] };
    const map = { layer: "c", channels: 1, imageShape: [1, 3, 1] as const, low: 0, high: 1, maps: ["AID/"] };
    const example = { data: "d", row: 0, layers: [map] };
    const page = await shown(new History([], [{ step: 1, epoch: 1, filters: [filter], example }]));
    const pixelsOf = (selector: string): Promise<number[]> =>
      page.locator(selector).evaluate((canvas: HTMLCanvasElement) => {
        return [...canvas.getContext("2d")!.getImageData(0, 0, 3, 1).data];
      });
    expect(await pixelsOf(".maps canvas")).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
    const [blue, clear, orange] = [
      [0x2f, 0x5f, 0xd0, 255],
      [0, 0, 0, 0],
      [0xc2, 0x41, 0x0c, 255],
    ];
    expect(await pixelsOf(".filters canvas")).toEqual([...blue, ...clear, ...orange]);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect
      .poll(() => pixelsOf(".filters canvas"))
      .toEqual([0x4f, 0x7d, 0xff, 255, ...clear, 0xf9, 0x73, 0x16, 255]);
    await leavePage(page);
  });
});
