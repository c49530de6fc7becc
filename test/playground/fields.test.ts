import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bench, type Playground, program, setNumber, violations } from "./browser.ts";

describe.runIf(program !== undefined)("the fields of the playground, in Chromium,", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start();
  });
  afterAll(() => bench?.end());

  const open = (): Promise<Playground> => bench.open();

  test("the playground shows the error of each field beside it, until it is right", async () => {
    const { page } = await open();
    const alerts = (): Promise<string[]> => page.getByRole("alert").allTextContents();
    const field = (name: string): Locator => page.getByRole("spinbutton", { name, exact: true });
    await setNumber(page, "Layer 1, units", "0");
    await setNumber(page, "Seed", "-3");
    await setNumber(page, "Batch size", "");
    await setNumber(page, "Learning rate", "-1");
    const [units, seed, rate, size] = [
      /^Layer 1 must/,
      /^The seed must/,
      /^The learning rate must/,
      /^The batch size must/,
    ];
    await expect.poll(alerts).toEqual([units, seed, rate, size].map((text) => expect.stringMatching(text)));
    for (const [name, message] of [
      ["Layer 1, units", units],
      ["Seed", seed],
      ["Learning rate", rate],
      ["Batch size", size],
    ] as const) {
      expect(await field(name).getAttribute("aria-invalid")).toBe("true");
      const place = await field(name).getAttribute("aria-describedby");
      expect(await page.locator(`#${place}`).textContent()).toMatch(message);
    }
    expect(await violations(page)).toEqual([]);
    await setNumber(page, "Seed", "3");
    expect(await field("Seed").getAttribute("aria-describedby")).toBe(null);
    // A wrong number stays in its field while other settings change.
    await page.getByLabel("Freeze hidden1").check();
    await expect.poll(() => page.locator("#parameters").textContent()).toBe("330 of 2,410 parameters train.");
    expect(await field("Layer 1, units").inputValue()).toBe("0");
    await setNumber(page, "Layer 1, units", "16");
    await expect.poll(() => page.locator("#parameters").textContent()).toBe("1,210 of 1,210 parameters train.");
    await setNumber(page, "Batch size", "16");
    await setNumber(page, "Learning rate", "0.1");
    expect(await alerts()).toEqual([]);
    await bench.leave(page);
  });

  test("the playground shows that too many convolutions pool, and a wrong number of filters, until they are right", async () => {
    const { page } = await open();
    const alerts = (): Promise<string[]> => page.getByRole("alert").allTextContents();
    const add = page.getByRole("button", { name: "Add a convolution" });
    while (await add.isEnabled()) await add.click();
    const boxes = page.getByLabel("Max pooling, 2 × 2, behind it");
    expect(await boxes.evaluateAll((all) => all.map((box) => (box as HTMLInputElement).checked))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    await boxes.last().check();
    await expect.poll(alerts).toEqual([expect.stringMatching(/^Up to 3 convolutions may pool, not 4/)]);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Train", exact: true }).click();
    expect(await boxes.last().evaluate((box) => box === document.activeElement)).toBe(true);
    await setNumber(page, "Convolution 2, filters", "0");
    await expect.poll(async () => (await alerts()).length).toBe(2);
    await boxes.first().uncheck();
    await expect.poll(alerts).toEqual([expect.stringMatching(/^Convolution 2 must have 1 to 64 filters/)]);
    await setNumber(page, "Convolution 2, filters", "4");
    await expect.poll(alerts).toEqual([]);
    await expect.poll(() => page.locator("#layers tr").count()).toBe(11);
    await bench.leave(page);
  });

  test("the playground does not train while a number is invalid, and focuses its field", async () => {
    const { page } = await open();
    const [start, step] = ["Train", "Step"].map((name) => page.getByRole("button", { name, exact: true }));
    const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);
    const said = (): Promise<string | null> => page.locator("#announcer").textContent();
    await step.click();
    await expect.poll(said).toMatch(/^Paused after 1 step,/);
    await setNumber(page, "Learning rate", "-1");
    await setNumber(page, "Epochs", "0");
    for (const button of [page.getByRole("button", { name: "Resume" }), step]) {
      await button.focus();
      await page.keyboard.press("Enter");
      expect(await focused()).toBe("learning-rate");
      expect(await said()).toBe("Nothing is trained: correct this first. The learning rate must be a number from 0.");
    }
    await setNumber(page, "Learning rate", "0.1");
    await step.click();
    expect(await focused()).toBe("epochs");
    await setNumber(page, "Epochs", "3");
    await step.click();
    // Only this step was done since the first one.
    await expect.poll(said).toMatch(/^Paused after 2 steps,/);
    // A new network is not built from wrong fields.
    await page.getByRole("button", { name: "Reset" }).click();
    await start.waitFor();
    await setNumber(page, "Layer 1, units", "0");
    await start.click();
    expect(await page.evaluate(() => document.activeElement?.closest("#hidden")?.id)).toBe("hidden");
    expect(await said()).toMatch(/correct this first\. Layer 1 must/);
    await setNumber(page, "Layer 1, units", "16");
    // The problem is visible with its field on a small screen too.
    await page.setViewportSize({ width: 320, height: 600 });
    await setNumber(page, "Learning rate", "-1");
    await page.locator("#learning-rate").evaluate((rate) => {
      scrollBy(0, Math.ceil(rate.getBoundingClientRect().bottom) + 4 - innerHeight);
    });
    // A click of the mouse would scroll first.
    await start.evaluate((button) => (button as HTMLElement).click());
    const message = page.getByRole("alert").filter({ hasText: "The learning rate must be" });
    // The page scrolls after the click, in its own time.
    await expect
      .poll(() => message.evaluate((alert) => innerHeight - alert.getBoundingClientRect().bottom))
      .toBeGreaterThanOrEqual(0);
    await setNumber(page, "Learning rate", "0.1");
    // Training can be paused whatever is in the fields.
    await setNumber(page, "Epochs", "100000");
    await start.click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await setNumber(page, "Seed", "-1");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await bench.leave(page);
  });

  test("the playground keeps a choice that is made while the worker builds the previous network", async () => {
    const { page } = await open();
    // The dropout that the form shows each time a network arrives.
    const seen = await page.evaluate(async () => {
      const [norm, dropout] = [document.querySelector("#batch-norm"), document.querySelector("#dropout")] as [
        HTMLInputElement,
        HTMLSelectElement,
      ];
      const rows = document.querySelector("#layers") as HTMLElement;
      const shares: string[] = [];
      const all = new Promise<void>((done) => {
        new MutationObserver(() => {
          shares.push(dropout.value);
          if (rows.children.length === 5) done();
        }).observe(rows, { childList: true });
      });
      norm.checked = true;
      norm.dispatchEvent(new Event("change"));
      dropout.value = "0.5";
      dropout.dispatchEvent(new Event("change"));
      await all;
      return shares;
    });
    expect(seen).toEqual(["0.5", "0.5"]);
    await bench.leave(page);
  });
});
