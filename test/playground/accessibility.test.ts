import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bench, numberIn, program, setNumber, verdict, violations } from "./browser.ts";

describe.runIf(program !== undefined)("the playground in Chromium", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start();
  });
  afterAll(() => bench?.end());

  test.each(["light", "dark"] as const)(
    "has no violation that axe finds, in the %s theme, idle, training and failed",
    async (colorScheme) => {
      const { page } = await bench.open({ colorScheme });
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.getByRole("button", { name: "Test digit" }).click();
      await page.waitForFunction(() => Number(document.querySelector("#epoch")?.textContent) >= 2);
      await page.locator("#files").setInputFiles([{ name: "no.idx", mimeType: "", buffer: Buffer.from("no") }]);
      await page.getByRole("alert").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    },
  );

  test("has a name for every control, in the order in which they are seen", async () => {
    const { page } = await bench.open();
    const nameless = await page.locator("button, input, select, canvas, [tabindex]").evaluateAll((all) =>
      all
        .filter((one) => {
          const labels = (one as HTMLInputElement).labels;
          const name =
            one.getAttribute("aria-label") ??
            one.getAttribute("aria-labelledby") ??
            labels?.[0]?.textContent ??
            one.textContent;
          return (name ?? "").trim() === "" && one.closest("[role=img]") === null;
        })
        .map((one) => one.outerHTML),
    );
    expect(nameless).toEqual([]);
    const order: string[] = [];
    for (let turn = 0; turn < 60; turn++) {
      await page.keyboard.press("Tab");
      order.push(
        await page.evaluate(
          () =>
            document.activeElement?.id ||
            document.activeElement?.getAttribute("role") ||
            document.activeElement?.tagName ||
            "",
        ),
      );
    }
    const seen = [
      "start",
      "step",
      "reset",
      "speed",
      "clear",
      "example",
      "gridcell",
      "add-layer",
      "activation",
      "seed",
      "batch-norm",
      "optimizer",
      "backend",
      "threads",
      "files",
      "save",
    ];
    expect(order.filter((id) => seen.includes(id)).slice(0, seen.length)).toEqual(seen);
    await page.context().close();
  });

  test("is used with the keyboard alone: trains, pauses, paints a digit", async () => {
    const { page, complaints } = await bench.open();
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? "");
    await press("Tab", "Tab");
    expect(await focused()).toBe("start");
    await press("Enter");
    await page.waitForFunction(
      () => Number.parseFloat(document.querySelector("#accuracy")?.textContent ?? "") > 93,
      undefined,
      { timeout: 45_000 },
    );
    await press("Space");
    await page.getByRole("button", { name: "Go on" }).waitFor();
    expect(await focused()).toBe("start");
    await press("Tab", "Tab", "Tab", "Tab", "Tab", "Tab");
    // A one: down along the fourth column, two cells wide, with a hook.
    await press("ArrowRight", "ArrowRight", "ArrowRight");
    for (let row = 0; row < 7; row++) await press("Shift+ArrowDown");
    await press("ArrowRight");
    for (let row = 0; row < 7; row++) await press("Shift+ArrowUp");
    await press("ArrowDown", "ArrowLeft", "ArrowLeft", "Space");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      "Row 2, column 3: ink 100 %",
    );
    expect(await page.locator("#grid [tabindex='0']").count()).toBe(1);
    expect(await verdict(page)).toBe("1");
    await press("Delete");
    expect(await verdict(page)).toBe("");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("fits a screen of 360 pixels, and obeys those who want no motion", async () => {
    const { page } = await bench.open({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      reducedMotion: "reduce",
    });
    await page.getByRole("button", { name: "Train", exact: true }).tap();
    await page.waitForFunction(() => Number(document.querySelector("#epoch")?.textContent) >= 2);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(
      await page
        .locator("#bars li .track span")
        .first()
        .evaluate((bar) => getComputedStyle(bar).transitionDuration),
    ).toBe("0s");
    // Everything that is tapped is at least 24 pixels high, as WCAG 2.2 wants.
    const small = await page
      .locator("button, select, input:not([type=checkbox]):not(.visually-hidden)")
      .evaluateAll((all) =>
        all
          .filter((one) => one.getClientRects().length > 0 && one.getBoundingClientRect().height < 24)
          .map((one) => one.outerHTML),
      );
    expect(small).toEqual([]);
    expect(await numberIn(page, "#loss-train")).toBeGreaterThan(0);
    await page.context().close();
  });

  test("tells how training goes, at a calm pace", async () => {
    const { page } = await bench.open();
    await page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      const region = document.querySelector("#announcer");
      if (region)
        new MutationObserver(() => said.push(region.textContent ?? "")).observe(region, {
          childList: true,
          characterData: true,
          subtree: true,
        });
    });
    await page.getByLabel("Speed").selectOption("1000");
    await setNumber(page, "Epochs", "100000");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.waitForFunction(() => Number(document.querySelector("#epoch")?.textContent) >= 15, undefined, {
      timeout: 45_000,
    });
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Go on" }).waitFor();
    const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
    expect(said[0]).toBe("Training.");
    expect(said.at(-1)).toMatch(/^Paused after \d+ steps, in epoch \d+, validation accuracy [\d.]+ %\.$/);
    // 15 epochs or more, and nothing said of most of them, however slow the machine is.
    expect(said.length).toBeLessThan(8);
    await page.context().close();
  });
});
