import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Adam, Dense, fit, type History, loadDigits, Sequential, SGD, take } from "../../../src/index.ts";
import { inspector } from "../../../src/report/inspect/inspector.ts";
import { saveReport } from "../../../src/report/saveReport.ts";
import { isRequired, leavePage, program, takePage, violations } from "../../playground/browser.ts";

const { train, validation } = await loadDigits();

const trained = async (optimizer: SGD | Adam): Promise<History> => {
  const layers = [
    new Dense({ name: "hidden", units: 20, activation: "relu" }),
    new Dense({ name: "outputs", units: 10 }),
  ];
  const model = new Sequential({ name: "digits", inputShape: [64], layers, seed: 3 });
  return fit(model, take(train, { to: 400 }), {
    optimizer,
    epochs: 6,
    batchSize: 20,
    validation,
    callbacks: [inspector()],
  });
};

describe.runIf(program !== undefined || isRequired)("a report in Chromium, from a file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "gradus-report-"));
    const history = await trained(new SGD({ learningRate: 0.1 }));
    await saveReport(history, join(folder, "run.html"));
    await saveReport({ SGD: history, Adam: await trained(new Adam()) }, join(folder, "runs.html"));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a report; what the page complained of, and asked for, is told beside it. */
  const open = async (
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; noticed: string[] }> => {
    const url = pathToFileURL(join(folder, name)).href;
    const page = await takePage(url, options);
    const noticed: string[] = [];
    page.on("console", (message) => noticed.push(message.text()));
    page.on("pageerror", (error) => noticed.push(error.message));
    page.on("request", (request) => noticed.push(request.url()));
    await page.goto(url);
    if (options.javaScriptEnabled !== false) await page.locator(".plot canvas").first().waitFor();
    expect(noticed.splice(0, 1)).toEqual([url]);
    return { page, noticed };
  };

  const chart = (page: Page, title: string): Locator =>
    page.locator("figure.chart").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

  /** How many points of a canvas are not of the colour of most. */
  const inked = (canvas: Locator): Promise<number> =>
    canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      const counts = new Map<number, number>();
      const pixels = new Uint32Array(data.buffer);
      for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
      return pixels.length - Math.max(...counts.values());
    });

  test("a report in Chromium draws every chart and picture, requests nothing, and logs no error", async () => {
    const { page, noticed } = await open("run.html");
    const charts = page.locator("figure.chart");
    expect(await charts.count()).toBeGreaterThan(12);
    for (const figure of await charts.all()) {
      await figure.scrollIntoViewIfNeeded();
      expect(await inked(figure.locator("canvas"))).toBeGreaterThan(300);
    }
    const pictures = page.locator("canvas[data-pixels]");
    expect(await pictures.count()).toBeGreaterThan(0);
    for (const picture of await pictures.all()) expect(await inked(picture)).toBeGreaterThan(5);
    expect(noticed).toEqual([]);
    await leavePage(page);
  });

  test.each(["run.html", "runs.html"])("%s has no violation that axe finds, light and dark", async (name) => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open(name, { colorScheme });
      expect(await violations(page)).toEqual([]);
      await leavePage(page);
    }
  });

  test("a report in Chromium fits a phone: nothing is wider than the screen", async () => {
    const { page } = await open("run.html", { viewport: { width: 360, height: 740 }, isMobile: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await leavePage(page);
  });

  test("a report in Chromium shows the values at the cursor of mouse and keys, in all charts of the run", async () => {
    const { page } = await open("run.html");
    const [loss, accuracy] = [chart(page, "Loss"), chart(page, "Accuracy")];
    const value = (figure: Locator): Promise<string> => figure.locator(".value").first().innerText();
    const [lastLoss, lastAccuracy] = [await value(loss), await value(accuracy)];
    await loss.locator(".plot").focus();
    await page.keyboard.press("ArrowRight");
    const firstLoss = await value(loss);
    expect(Number(firstLoss)).toBeGreaterThan(Number(lastLoss));
    for (const figure of [loss, accuracy]) expect(await figure.locator(".where").innerText()).toBe("epoch 1");
    // The other chart of the epochs follows.
    expect(await value(accuracy)).not.toBe(lastAccuracy);
    await page.keyboard.press("ArrowRight");
    expect(await value(loss)).not.toBe(firstLoss);
    await page.keyboard.press("Tab");
    expect(await value(loss)).toBe(lastLoss);
    expect(await loss.locator(".where").innerText()).toBe("");
    const box = (await loss.locator(".u-over").boundingBox())!;
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    expect(await value(loss)).toBe(firstLoss);
    await leavePage(page);
  });

  test("a report in Chromium hides a line whose name is pressed, and shows it again", async () => {
    const { page } = await open("run.html");
    const loss = chart(page, "Loss");
    const before = await inked(loss.locator("canvas"));
    const button = loss.getByRole("button", { name: /^validation/ });
    await button.click();
    expect(await button.getAttribute("aria-pressed")).toBe("false");
    await expect.poll(() => inked(loss.locator("canvas"))).toBeLessThan(before);
    await button.click();
    await expect.poll(() => inked(loss.locator("canvas"))).toBeGreaterThanOrEqual(before * 0.99);
    await leavePage(page);
  });

  test("a report in Chromium shows its numbers where scripts may not run", async () => {
    const { page } = await open("run.html", { javaScriptEnabled: false });
    const loss = chart(page, "Loss");
    expect(await loss.locator(".plot").isVisible()).toBe(false);
    await loss.getByText("Numbers").click();
    expect(await loss.getByRole("row").count()).toBe(7);
    expect(await page.getByText("drawn by a program, which may not run here").isVisible()).toBe(true);
    expect(await page.locator("canvas[data-pixels]").first().isVisible()).toBe(false);
    expect(await page.locator(".images figcaption").first().isVisible()).toBe(true);
    await leavePage(page);
  });
});
