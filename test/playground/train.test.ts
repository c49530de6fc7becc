import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Bench,
  draw,
  isRequired,
  numberIn,
  type Playground,
  paint,
  program,
  setNumber,
  trainFor,
  verdict,
} from "./browser.ts";
import { handwriting, painted } from "./handwriting.ts";

test.runIf(isRequired)("there is a browser to test in", () => {
  expect(program).toBeDefined();
});

describe.runIf(program !== undefined)("the playground in Chromium", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start();
  });
  afterAll(() => bench?.end());

  const open = (): Promise<Playground> => bench.open();

  test("the playground trains, and reads every digit drawn with the mouse", async () => {
    const { page, complaints, requests } = await open();
    await expect.poll(() => numberIn(page, "#accuracy")).toBeLessThan(30);
    await trainFor(page, 60);
    expect(await numberIn(page, "#epoch")).toBe(60);
    expect(await numberIn(page, "#accuracy")).toBeGreaterThan(94);
    expect(await numberIn(page, "#loss-train")).toBeLessThan(0.05);
    expect(await numberIn(page, "#step-time")).toBeGreaterThan(0);
    expect(await page.locator("#mistakes-text").textContent()).toMatch(/^\d+ of 360 test digits/);
    expect(await page.locator("#weights canvas").count()).toBe(32);
    const read: string[] = [];
    for (const strokes of handwriting) {
      await page.getByRole("button", { name: "Clear" }).click();
      await draw(page, strokes);
      read.push(await verdict(page));
    }
    expect(read.join("")).toBe("0123456789");
    expect(complaints).toEqual([]);
    expect(requests.every((address) => address.startsWith(bench.address))).toBe(true);
    await bench.leave(page);
  });

  test("the playground trains a convolutional network, and shows what its filters see of a drawing", async () => {
    const { page, complaints } = await open();
    const card = page.locator("#maps-card");
    expect(await card.isVisible()).toBe(false);
    await page.getByLabel("Start from").selectOption("convolutional");
    await card.waitFor();
    expect(await page.locator("#maps-text").textContent()).toMatch(/^Draw a digit/);
    await expect.poll(() => page.locator("#weights-text").textContent()).toMatch(/^8 filters\./);
    await trainFor(page, 15);
    expect(await numberIn(page, "#accuracy")).toBeGreaterThan(90);
    await draw(page, handwriting[3]);
    expect(await verdict(page)).toBe("3");
    await expect
      .poll(() => page.locator("#maps h3").allTextContents())
      .toEqual([
        "conv1 (convolution, relu): 8 channels of 8 × 8",
        "pool1 (max pooling): 8 channels of 4 × 4",
        "conv2 (convolution, relu): 16 channels of 4 × 4",
        "pool2 (max pooling): 16 channels of 2 × 2",
      ]);
    const colours = (): Promise<number> =>
      page.locator("#maps canvas").evaluateAll((all) => {
        const seen = all.flatMap((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const context = (canvas as HTMLCanvasElement).getContext("2d");
          return [...new Uint32Array(context!.getImageData(0, 0, width, height).data.buffer)];
        });
        return new Set(seen).size;
      });
    await expect.poll(colours).toBeGreaterThan(20);
    // A setting of its own is not a preset, and a network without convolutions does not have the card.
    await page.getByLabel("Max pooling, 2 × 2, behind it").first().uncheck();
    await expect.poll(() => page.locator("#parameters").textContent()).toMatch(/^9,802 of/);
    expect(await page.getByLabel("Start from").inputValue()).toBe("");
    for (const block of [2, 1]) await page.getByRole("button", { name: `Remove convolution ${block}` }).click();
    await expect.poll(() => card.isVisible()).toBe(false);
    expect(await page.getByLabel("Start from").inputValue()).toBe("one hidden layer");
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });

  test("the playground reads every digit painted with the keyboard, as lines of a pen", async () => {
    const { page } = await open();
    const pen = page.locator("#seen");
    const place = (): Promise<unknown> =>
      page
        .locator("#grid")
        .evaluate((grid) => (grid as HTMLElement).offsetTop - (grid.closest("main")?.offsetTop ?? 0));
    const places: unknown[] = [];
    for (const width of [320, 1400]) {
      await page.setViewportSize({ width, height: 900 });
      places.push(await place());
      await paint(page, ["#"]);
      places.push(await place());
      await page.getByRole("button", { name: "Clear" }).click();
    }
    // The grid does not move when it is painted in.
    expect([places[1], places[3]]).toEqual([places[0], places[2]]);
    await trainFor(page, 60);
    const read: string[] = [];
    for (const rows of painted) {
      await paint(page, rows);
      read.push(await verdict(page));
    }
    expect(read.join("")).toBe("0123456789");
    expect(await pen.isVisible()).toBe(true);
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await pen.isVisible()).toBe(false);
    // A cell of a picture is a pixel, so the grid shows the input of the network.
    await draw(page, handwriting[1]);
    expect(await verdict(page)).toBe("1");
    await page.locator("#grid [tabindex='0']").press("Space");
    expect(await verdict(page)).not.toBe("");
    expect(await pen.isVisible()).toBe(false);
    // After the picture was deleted, cells are painted lines again.
    await paint(page, painted[2]);
    expect(await verdict(page)).toBe("2");
    expect(await pen.isVisible()).toBe(true);
    await bench.leave(page);
  });

  test("the playground trains step by step, pauses, and resets", async () => {
    const { page } = await open();
    const step = page.getByRole("button", { name: "Step", exact: true });
    await step.click();
    await expect.poll(() => page.locator("#announcer").textContent()).toMatch(/^Paused after 1 step, in epoch 1/);
    await step.click();
    await expect.poll(() => page.locator("#announcer").textContent()).toMatch(/^Paused after 2 steps/);
    // The curves begin with the first step.
    expect(await numberIn(page, "#loss-train")).toBeGreaterThan(1);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.waitForFunction(() => Number(document.querySelector("#epoch")?.textContent) >= 2);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const held = await page.locator("#epoch").textContent();
    await page.waitForTimeout(300);
    expect(await page.locator("#epoch").textContent()).toBe(held);
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByRole("button", { name: "Train", exact: true }).waitFor();
    expect(await page.locator("#epoch").textContent()).toBe("0");
    await bench.leave(page);
  });

  test("the playground keeps a frozen layer as it is while the others train", async () => {
    const { page } = await open();
    const pictures = (): Promise<string[]> =>
      page
        .locator("#weights canvas")
        .evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
    await page.locator("#weights canvas").first().waitFor();
    const before = await pictures();
    await page.getByLabel("Freeze hidden1").check();
    await expect.poll(() => page.locator("#parameters").textContent()).toBe("330 of 2,410 parameters train.");
    await trainFor(page, 10);
    const accuracy = await numberIn(page, "#accuracy");
    expect(accuracy).toBeGreaterThan(60);
    expect(await pictures()).toEqual(before);
    // Unfreezing also takes effect at once.
    await page.getByLabel("Freeze hidden1").uncheck();
    await page.getByRole("button", { name: "Train more" }).click();
    await expect.poll(() => numberIn(page, "#epoch")).toBe(20);
    await expect.poll(pictures).not.toEqual(before);
    await bench.leave(page);
  });

  test.each(["no limit", "150 steps/s"])("the playground pauses while all layers are frozen, at %s", async (label) => {
    const { page, complaints } = await open();
    const [hidden, outputs] = ["hidden1", "outputs"].map((name) => page.getByLabel(`Freeze ${name}`));
    const problem = page.locator("#problem");
    const text = "All layers are frozen: nothing to train.";
    await hidden.check();
    await outputs.check();
    await expect.poll(() => page.locator("#parameters").textContent()).toBe("0 of 2,410 parameters train.");
    expect(await problem.isVisible()).toBe(false);
    for (const name of ["Train", "Step"]) {
      await page.getByRole("button", { name, exact: true }).click();
      await expect.poll(() => problem.locator("p").textContent()).toBe(text);
      await expect.poll(() => problem.isVisible()).toBe(true);
      await problem.getByRole("button", { name: "Close" }).click();
    }
    await outputs.uncheck();
    await page.getByLabel("Speed").selectOption({ label });
    await setNumber(page, "Epochs", "1000000");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await expect.poll(() => numberIn(page, "#epoch")).toBeGreaterThan(1);
    await outputs.check();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await expect.poll(() => problem.isVisible()).toBe(true);
    expect(await problem.locator("p").textContent()).toBe(text);
    const held = await numberIn(page, "#epoch");
    await outputs.uncheck();
    await expect.poll(() => problem.isVisible()).toBe(false);
    await page.getByRole("button", { name: "Resume" }).click();
    await expect.poll(() => numberIn(page, "#epoch")).toBeGreaterThan(held);
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });

  test("the playground reports an exploding loss, and stays usable", async () => {
    const { page, complaints } = await open();
    await page.getByLabel("Optimizer").selectOption("sgd");
    await setNumber(page, "Learning rate", "1e30");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const problem = page.getByRole("alert");
    await expect.poll(() => problem.textContent()).toMatch(/must be finite, got .* in step \d+/);
    expect(await page.locator("#announcer").textContent()).toBe("Training has failed, in epoch 1.");
    await draw(page, handwriting[3]);
    expect(await verdict(page)).toBe("");
    expect(await page.locator("#verdict").textContent()).toMatch(/^The network cannot read any more/);
    await setNumber(page, "Learning rate", "0.1");
    await page.getByRole("button", { name: "Reset" }).click();
    await trainFor(page, 20);
    expect(await problem.isVisible()).toBe(false);
    expect(await numberIn(page, "#accuracy")).toBeGreaterThan(90);
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });

  test("the playground takes other layers, optimizers and backends, also while it trains", async () => {
    const { page, complaints } = await open();
    await page.getByLabel("Speed").selectOption({ label: "no limit" });
    await page.getByRole("button", { name: "Add a layer" }).click();
    await setNumber(page, "Layer 2, units", "24");
    await page.getByLabel("Batch norm").check();
    await page.getByLabel("Dropout").selectOption("0.1");
    await page.getByLabel("Activation").selectOption("elu");
    const names = (): Promise<string[]> =>
      page.locator("#layers th").evaluateAll((all) => all.map((cell) => cell.firstChild?.textContent ?? ""));
    await expect
      .poll(names)
      .toEqual(
        ["1", "2"]
          .flatMap((n) => ["", "_norm", "_elu", "_dropout"].map((part) => `hidden${n}${part}`))
          .concat("outputs"),
      );
    // More epochs than this test waits for.
    await setNumber(page, "Epochs", "1000000");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByLabel("Backend").selectOption("reference");
    await expect.poll(() => page.locator("#engine").textContent()).toMatch(/^reference/);
    await page.getByLabel("Backend").selectOption("simd");
    // On one core the page offers one thread only.
    await page.getByLabel("Threads").evaluate((list) => {
      if ((list as HTMLSelectElement).length < 2) (list as HTMLSelectElement).add(new Option("2", "2"));
    });
    await page.getByLabel("Threads").selectOption("2");
    await expect.poll(() => page.locator("#engine").textContent()).toBe("simd, 2 threads");
    for (const [optimizer, rate] of [
      ["adam", "0.003"],
      ["rmsProp", "0.003"],
    ]) {
      await page.getByLabel("Optimizer").selectOption(optimizer);
      expect(await page.getByRole("spinbutton", { name: "Learning rate" }).inputValue()).toBe(rate);
      const epoch = await numberIn(page, "#epoch");
      await expect.poll(() => numberIn(page, "#epoch")).toBeGreaterThan(epoch + 1);
    }
    await expect.poll(() => numberIn(page, "#accuracy")).toBeGreaterThan(90);
    await page.getByRole("button", { name: "Remove layer 1" }).click();
    await expect.poll(() => page.locator("#epoch").textContent()).toBe("0");
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });

  test("the playground draws the whole label of the last tick", async () => {
    const { page } = await bench.open({}, bench.address, undefined, () => {
      const draw = CanvasRenderingContext2D.prototype.fillText;
      const ends: [text: string, end: number, room: number][] = [];
      Object.assign(window, { ends });
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
        const half = this.textAlign === "center" ? this.measureText(text).width / 2 : 0;
        ends.push([text, this.getTransform().e + x + half, this.canvas.width]);
        draw.call(this, text, x, y, ...rest);
      };
    });
    await trainFor(page, 100);
    await expect
      .poll(() =>
        page.evaluate(() =>
          (window as unknown as { ends: [string, number, number][] }).ends
            .filter(([text]) => text === "100")
            .map(([, end, room]) => (end <= room ? "whole" : `cut off at ${room} of ${end}`)),
        ),
      )
      .toEqual(expect.arrayContaining(["whole"]));
    const cut = await page.evaluate(() =>
      (window as unknown as { ends: [string, number, number][] }).ends.filter(([, end, room]) => end > room),
    );
    expect(cut).toEqual([]);
    await bench.leave(page);
  });

  test("the playground trains without animation frames, as in a hidden tab", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.evaluate(() => {
      window.requestAnimationFrame = () => 0;
    });
    const before = await numberIn(page, "#epoch");
    await expect.poll(() => numberIn(page, "#epoch")).toBeGreaterThan(before + 3);
    await bench.leave(page);
  });
});
