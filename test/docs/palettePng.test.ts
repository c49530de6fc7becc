import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { palettePng } from "../../scripts/palettePng.ts";
import { launch, program } from "../playground/browser.ts";

const images = new URL("../../docs/images/", import.meta.url);

test("each picture of a page in docs/images has a palette, and weighs little", () => {
  for (const name of readdirSync(images).filter((file) => file.endsWith(".png"))) {
    const bytes = readFileSync(new URL(name, images));
    expect(bytes[25], `${name} goes through palettePng`).toBe(3);
    expect(bytes.length, name).toBeLessThan(80_000);
  }
});

test("another kind of picture is refused", () => {
  const bytes = readFileSync(new URL("playground.png", images));
  expect(() => palettePng(bytes)).toThrow("8 bits of RGB, got 8 bits of type 3");
});

describe.runIf(program !== undefined)("a screenshot of Chromium", () => {
  test("keeps the colours that it has most of, and comes close with the others", async () => {
    const browser = await launch();
    const page = await browser.newPage({ viewport: { width: 600, height: 300 } });
    // 300 colours in columns of two pixels, below a surface of one colour.
    await page.setContent(`<body style="margin: 0; background: #123456">
      <canvas width="600" height="100" style="margin-top: 200px"></canvas></body>`);
    await page.evaluate(() => {
      const context = document.querySelector("canvas")!.getContext("2d")!;
      for (let x = 0; x < 300; x++) {
        context.fillStyle = `rgb(${Math.min(x, 255)} ${Math.max(0, x - 255)} 40)`;
        context.fillRect(2 * x, 0, 2, 100);
      }
    });
    const before = await page.screenshot();
    const after = palettePng(before);
    const found = await page.evaluate(
      async (pictures) => {
        const [one, other] = await Promise.all(
          pictures.map(async (text) => {
            const image = new Image();
            image.src = `data:image/png;base64,${text}`;
            await image.decode();
            const canvas = Object.assign(document.createElement("canvas"), {
              width: image.width,
              height: image.height,
            });
            const context = canvas.getContext("2d")!;
            context.drawImage(image, 0, 0);
            return context.getImageData(0, 0, image.width, image.height).data;
          }),
        );
        const errors = one.map((value, at) => Math.abs(value - other[at]));
        return {
          length: other.length,
          first: [...other.subarray(0, 4)],
          changed: errors.filter(Boolean).length,
          most: errors.reduce((a, b) => Math.max(a, b)),
        };
      },
      [before, after].map((png) => Buffer.from(png).toString("base64")),
    );
    await browser.close();
    expect(found).toMatchObject({ length: 600 * 300 * 4, first: [0x12, 0x34, 0x56, 255] });
    // 45 colours of 300 had to go, each to one beside it.
    expect(found.changed).toBeLessThan(45 * 200 * 2);
    expect(found.most).toBeLessThan(50);
  });
});
