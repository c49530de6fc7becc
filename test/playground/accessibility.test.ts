import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mostConvolutions, mostFilters, mostLayers, mostPoolings, mostUnits } from "../../playground/network.ts";
import { Bench, numberIn, program, setNumber, verdict, violations } from "./browser.ts";

/** What is too wide: the page itself, or elements that extend beyond their card. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const elements = [...document.querySelectorAll<HTMLElement>(".card")].flatMap((card) => {
      const right = card.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(card).paddingRight);
      return [...card.querySelectorAll<HTMLElement>("*")]
        .filter(
          (element) =>
            !element.closest(".scroller > *, .visually-hidden") && element.getBoundingClientRect().right > right + 1,
        )
        .map((element) => `${card.querySelector("h2")?.textContent}: ${element.outerHTML.slice(0, 80)}`);
    });
    const { scrollWidth, clientWidth } = document.documentElement;
    const isWide = scrollWidth > clientWidth;
    return isWide ? [`the page is ${scrollWidth} pixels wide, not ${clientWidth}`, ...elements] : elements;
  });

describe.runIf(program !== undefined)("the playground in Chromium", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start();
  });
  afterAll(() => bench?.end());

  test.each(["light", "dark"] as const)(
    "the playground has no violation that axe finds, in the %s theme, idle, training and failed",
    async (colorScheme) => {
      const { page } = await bench.open({ colorScheme });
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.getByRole("button", { name: "Test digit" }).click();
      await page.waitForFunction(() => Number(document.querySelector("#epoch")?.textContent) >= 2);
      await page.locator("#files").setInputFiles([{ name: "no.idx", mimeType: "", buffer: Buffer.from("no") }]);
      await page.getByRole("alert").waitFor();
      expect(await violations(page)).toEqual([]);
      await bench.leave(page);
    },
  );

  test("the playground has a name for every control, in visual order", async () => {
    const { page } = await bench.open();
    const nameless = await page.locator("button, input, select, canvas, [tabindex]").evaluateAll((controls) =>
      controls
        .filter((control) => {
          const labels = (control as HTMLInputElement).labels;
          const name =
            control.getAttribute("aria-label") ??
            control.getAttribute("aria-labelledby") ??
            labels?.[0]?.textContent ??
            control.textContent;
          return (name ?? "").trim() === "" && control.closest("[role=img]") === null;
        })
        .map((control) => control.outerHTML),
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
      "preset",
      "add-convolution",
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
    await bench.leave(page);
  });

  test("the playground works with the keyboard alone: trains, pauses, paints a digit", async () => {
    const { page, complaints } = await bench.open();
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? "");
    await press("Tab", "Tab");
    expect(await focused()).toBe("start");
    await press("Enter");
    await page.waitForFunction(() => Number.parseFloat(document.querySelector("#accuracy")?.textContent ?? "") > 93);
    await press("Space");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    expect(await focused()).toBe("start");
    await press("Tab", "Tab", "Tab", "Tab", "Tab", "Tab");
    // Draws a 1: down along the fourth column, two cells wide, with a hook.
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
    await bench.leave(page);
  });

  test("the playground fits a screen of 360 pixels, and respects reduced motion", async () => {
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
    // Every control is at least 24 pixels high and wide, as WCAG 2.2 requires.
    const small = await page.locator("button, select, input:not(.visually-hidden)").evaluateAll((controls) =>
      controls
        .filter((control) => {
          const { width, height } = control.getBoundingClientRect();
          return control.getClientRects().length > 0 && Math.min(width, height) < 24;
        })
        .map((control) => control.outerHTML),
    );
    expect(small).toEqual([]);
    expect(await numberIn(page, "#loss-train")).toBeGreaterThan(0);
    await bench.leave(page);
  });

  test("the playground shows the whole of the speed and its label, on any screen", async () => {
    const { page } = await bench.open();
    await setNumber(page, "Epochs", "1");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    // The longest text of this button.
    await page.getByRole("button", { name: "Train more" }).waitFor();
    const speed = page.getByLabel("Speed");
    for (const width of [320, 360, 390, 480, 481, 600, 736, 768, 1400]) {
      await page.setViewportSize({ width, height: 800 });
      const [needed, actual] = await speed.evaluate((list) => {
        const copy = list.cloneNode(true) as HTMLElement;
        Object.assign(copy.style, { width: "max-content", position: "absolute" });
        list.after(copy);
        const widths = [copy, list].map((element) => element.getBoundingClientRect().width);
        copy.remove();
        return widths;
      });
      expect(actual, `${width} pixels`).toBeGreaterThanOrEqual(needed);
      const label = await page.getByText("Speed", { exact: true }).boundingBox();
      expect(label?.width, `${width} pixels`).toBeGreaterThan(20);
    }
    await bench.leave(page);
  });

  test("the playground keeps the largest network that it builds within its card, on any screen", async () => {
    const { page } = await bench.open();
    await page.getByLabel("Batch norm").check();
    await page.getByLabel("Dropout").selectOption("0.5");
    await page.getByLabel("Activation").selectOption("leakyRelu");
    const add = page.getByRole("button", { name: "Add a layer" });
    while (await add.isEnabled()) await add.click();
    await expect.poll(() => page.locator("#layers tr").count()).toBe(4 * mostLayers + 1);
    const convolve = page.getByRole("button", { name: "Add a convolution" });
    while (await convolve.isEnabled()) await convolve.click();
    // A convolution is three layers, and the first three pool.
    const layers = 4 * mostLayers + 1 + 3 * mostConvolutions + mostPoolings + 2;
    await expect.poll(() => page.locator("#layers tr").count()).toBe(layers);
    await page
      .locator("#convolutions input[type=number]")
      .evaluateAll((fields, value) => fields.map((field) => Object.assign(field, { value }).id), mostFilters);
    for (let layer = 1; layer <= mostLayers; layer++) {
      // Only the last field builds the network, because each network takes time.
      const field = page.getByRole("spinbutton", { name: `Layer ${layer}, units`, exact: true });
      if (layer < mostLayers) await field.evaluate((input, units) => Object.assign(input, { value: units }), mostUnits);
      else await setNumber(page, `Layer ${layer}, units`, String(mostUnits));
    }
    await expect
      .poll(() => page.locator("#parameters").textContent())
      .toBe("29,656,138 of 29,689,418 parameters train.");
    for (const width of [320, 360, 390, 768, 1280, 1400]) {
      await page.setViewportSize({ width, height: 800 });
      // A chart takes its new size soon after its card.
      await expect.poll(() => tooWide(page), { message: `${width} pixels` }).toEqual([]);
    }
    await bench.leave(page);
  });

  test("the playground announces the progress of training at a calm pace", async () => {
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
    await page.waitForFunction(() => Number(document.querySelector("#epoch")?.textContent) >= 15);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
    expect(said[0]).toBe("Training.");
    expect(said.at(-1)).toMatch(/^Paused after \d+ steps, in epoch \d+, validation accuracy [\d.]+ %\.$/);
    // Most of the 15 or more epochs are not announced, however slow the machine is.
    expect(said.length).toBeLessThan(8);
    await bench.leave(page);
  });
});
