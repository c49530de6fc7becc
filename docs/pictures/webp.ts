import type { Browser } from "playwright-core";

/** Converts a screenshot to WebP in the browser: it has a third of the bytes, and its text stays sharp. */
export const webp = async (browser: Browser, screenshot: Buffer): Promise<Buffer> => {
  const page = await browser.newPage();
  const encoded = await page.evaluate(async (png) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d")?.drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.65).split(",")[1];
  }, screenshot.toString("base64"));
  await page.close();
  return Buffer.from(encoded, "base64");
};
