import { readFile } from "node:fs/promises";
import { Dense, decodeSafetensors, encodeIdx, encodeModel, loadDigits, loadModel, Sequential, tensor } from "gradus";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pictureOf } from "../../playground/drawing/preprocess.ts";
import { Bench, draw, numberIn, program, setNumber, trainFor, verdict } from "./browser.ts";
import { handwriting } from "./handwriting.ts";

interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const file = (name: string, bytes: Uint8Array): File => ({
  name,
  mimeType: "application/octet-stream",
  buffer: Buffer.from(bytes),
});

/** The built-in digits, three times as large, in the layout of MNIST. */
const largeDigits = async (
  part: "train" | "test",
  names: readonly [string, string],
): Promise<readonly [File, File]> => {
  const { x, y, size } = (await loadDigits())[part];
  const pixels = x.data;
  const data = Uint8Array.from({ length: size * 24 * 24 }, (_, at) => {
    const [row, place] = [Math.floor(at / 576), at % 576];
    return Math.min(255, 16 * pixels[row * 64 + 8 * Math.floor(place / 24 / 3) + Math.floor((place % 24) / 3)]);
  });
  return [
    file(names[0], encodeIdx({ shape: [size, 24, 24], type: "uint8", data })),
    file(names[1], encodeIdx({ shape: [size], type: "uint8", data: Uint8Array.from(y.data as Int32Array) })),
  ];
};

describe.runIf(program !== undefined)("the playground in Chromium", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start();
  });
  afterAll(() => bench?.end());

  const choose = (page: Page, files: readonly File[]): Promise<void> =>
    page.locator("#files").setInputFiles(files as File[]);

  const bars = (page: Page): Promise<string> => page.locator("#bars").innerText();

  test("the playground saves a model that predicts the same when it is loaded, in the page and in Node", async () => {
    const { page, complaints } = await bench.open();
    await setNumber(page, "Layer 1, units", "24");
    await page.getByLabel("Batch norm").check();
    await page.getByLabel("Freeze hidden1", { exact: true }).check();
    await trainFor(page, 15);
    await draw(page, handwriting[3]);
    expect(await verdict(page)).toBe("3");
    const shown = await bars(page);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the model" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("digits.safetensors");
    const bytes = new Uint8Array(await readFile(await download.path()));
    expect([...decodeSafetensors(bytes).tensors.keys()]).toContain("digits/hidden1_norm/moving_mean");

    // The library reads the file in Node, and predicts what the bars show.
    const model = await loadModel(bytes);
    expect(model.layer("hidden1").trainable).toBe(false);
    const scores = model.predict(tensor(pictureOf(handwriting[3], 8)!, { shape: [1, 64] })).data;
    expect(scores.indexOf(Math.max(...scores) as never)).toBe(3);

    const other = await bench.open();
    await choose(other.page, [file("mine.safetensors", bytes)]);
    await expect.poll(() => other.page.locator("#parameters").textContent()).toMatch(/^From mine\.safetensors\./);
    await draw(other.page, handwriting[3]);
    await expect.poll(() => bars(other.page)).toBe(shown);
    expect(await other.page.getByLabel("Batch norm").isChecked()).toBe(true);
    expect(await other.page.getByLabel("Freeze hidden1", { exact: true }).isChecked()).toBe(true);
    // Training can continue.
    await trainFor(other.page, 3);
    expect(await numberIn(other.page, "#accuracy")).toBeGreaterThan(80);
    expect([...complaints, ...other.complaints]).toEqual([]);
    await bench.leave(page);
    await bench.leave(other.page);
  });

  test("the playground reports what is wrong with a file, and keeps its data and network", async () => {
    const { page, complaints } = await bench.open();
    const problem = page.getByRole("alert");
    const [images, labels] = await largeDigits("test", ["images", "labels"]);
    const model = encodeModel(new Sequential({ inputShape: [64], layers: [new Dense({ units: 3 })] }));
    const wrong: readonly (readonly [files: readonly File[], message: RegExp])[] = [
      [
        [file("cat.png", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10]))],
        /^cat\.png is neither a saved model .* nor a data file/,
      ],
      [
        [file("half.safetensors", model.slice(0, 100))],
        /^half\.safetensors: .* a header of \d+ bytes in a file of 100/,
      ],
      [[file("notes.safetensors", new TextEncoder().encode("hello world"))], /^notes\.safetensors is not a model file/],
      // A text with a brace is not a model.
      [[file("notes.txt", new TextEncoder().encode("notes in {braces}"))], /^notes\.txt is neither a saved model/],
      [[file("three.safetensors", model)], /^three\.safetensors: .* an output of \[3\]/],
      [[images], /must be one or two files of images, and a file of labels for each, got 1 of images and 0 of labels/],
      [
        [images, file("few", encodeIdx({ shape: [2], type: "uint8", data: new Uint8Array(2) }))],
        /every picture must have a label/,
      ],
      [
        [images, file("big", encodeIdx({ shape: [360], type: "uint8", data: new Uint8Array(360).fill(77) }))],
        /from 0 to 9, got 77/,
      ],
      [
        [file("wide", encodeIdx({ shape: [2, 8, 9], type: "uint8", data: new Uint8Array(144) })), labels],
        /must be squares/,
      ],
    ];
    for (const [files, message] of wrong) {
      await choose(page, files);
      await expect.poll(() => problem.locator("p").textContent()).toMatch(message);
    }
    // A file that is dropped on the page is opened like a chosen file.
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["GIF89a"], "dropped.gif"));
      const event = { bubbles: true, cancelable: true, dataTransfer };
      document.body.dispatchEvent(new DragEvent("dragover", event));
      if (document.querySelector<HTMLElement>("#drop")?.hidden) throw new Error("the page must show where to drop");
      document.body.dispatchEvent(new DragEvent("drop", event));
    });
    await expect.poll(() => problem.locator("p").textContent()).toMatch(/^dropped\.gif is neither/);
    expect(await page.locator("#drop").isVisible()).toBe(false);
    await problem.getByRole("button", { name: "Close" }).click();
    expect(await problem.isVisible()).toBe(false);
    await trainFor(page, 3);
    expect(await page.locator("#data-text").textContent()).toMatch(/^Built-in digits/);
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });

  test("the playground shows the settings that the layers of a model share, and asks for the others before it makes a new network", async () => {
    const { page, complaints } = await bench.open();
    const layers = [
      new Dense({ units: 24, activation: "gelu" }),
      new Dense({ units: 12, activation: "tanh" }),
      new Dense({ units: 10 }),
    ];
    const mixed = encodeModel(new Sequential({ name: "mixed", inputShape: [64], layers, seed: 1 }));
    await choose(page, [file("mixed.safetensors", mixed)]);
    const activation = page.getByLabel("Activation");
    const chosen = (): Promise<string> =>
      activation.evaluate((list) => (list as HTMLSelectElement).selectedOptions[0].text);
    await expect.poll(chosen).toBe("as in the file");
    expect(await page.getByLabel("Layer 2, units").inputValue()).toBe("12");
    await page.getByRole("button", { name: "Reset" }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/choose/);
    expect(await activation.getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator("#parameters").textContent()).toMatch(/^From mixed\.safetensors\./);
    await activation.selectOption("relu");
    await expect.poll(() => page.locator("#parameters").textContent()).toBe("1,990 of 1,990 parameters train.");
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await activation.locator("option").allTextContents()).not.toContain("as in the file");
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });

  test("the playground trains on IDX files, and goes back to the built-in digits", async () => {
    const { page, complaints } = await bench.open();
    const train = await largeDigits("train", ["train-images.idx3-ubyte", "train-labels.idx1-ubyte"]);
    const held = await largeDigits("test", ["t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"]);
    await choose(page, [held[1], train[0], held[0], train[1]]);
    const text = page.locator("#data-text");
    await expect
      .poll(() => text.textContent())
      .toMatch(
        /^train-images\.idx3-ubyte: pictures of 24 × 24 pixels\. 1,131 to train, 126 for validation, 360 for the test/,
      );
    expect(await page.locator("#parameters").textContent()).toBe("18,794 of 18,794 parameters train.");
    await trainFor(page, 10);
    expect(await numberIn(page, "#accuracy")).toBeGreaterThan(85);
    // A test digit is shown as the input of the network, and as cells.
    await page.getByRole("button", { name: "Test digit" }).click();
    await expect.poll(() => page.locator("#verdict").textContent()).toMatch(/and that is right|In fact it is \d/);
    expect(await page.locator("#seen").evaluate((canvas) => (canvas as HTMLCanvasElement).width)).toBe(24);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the model" }).click(),
    ]);
    const bytes = new Uint8Array(await readFile(await download.path()));
    await page.getByRole("button", { name: "Back to the built-in digits" }).click();
    await expect.poll(() => text.textContent()).toMatch(/^Built-in digits/);
    // A network for another size reads drawings, but cannot be trained on these data.
    await choose(page, [file("large.safetensors", bytes)]);
    await expect.poll(() => page.locator("#parameters").textContent()).toMatch(/^From large\.safetensors/);
    await draw(page, handwriting[0]);
    expect(await verdict(page)).toMatch(/^\d$/);
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toMatch(/reads pictures of 24 × 24 pixels, and the data have 8 × 8/);
    expect(complaints).toEqual([]);
    await bench.leave(page);
  });
});
