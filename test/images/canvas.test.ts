import { build } from "esbuild";
import { expect, test } from "vitest";
import { findChromium, openPage } from "../threads/chromium.ts";

const chromium = findChromium();

const program = `
import { imageTensor, readImage } from "gradus/images";

const draw = (canvas) => {
  const context = canvas.getContext("2d");
  context.fillStyle = "rgb(255, 0, 0)";
  context.fillRect(0, 0, 1, 2);
  return context;
};
const canvas = Object.assign(document.createElement("canvas"), { width: 3, height: 2 });
const context = draw(canvas);
const offscreen = new OffscreenCanvas(3, 2);
draw(offscreen);
const gray = (source) => [...imageTensor(source, { channels: 1 }).data];
const file = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
const photo = Object.assign(document.createElement("canvas"), { width: 16, height: 8 });
photo.getContext("2d").fillStyle = "rgb(20, 120, 220)";
photo.getContext("2d").fillRect(0, 0, 16, 8);
const jpeg = await new Promise((resolve) => photo.toBlob(resolve, "image/jpeg", 0.95));
const result = {
  canvas: gray(canvas),
  offscreen: gray(offscreen),
  imageData: gray(context.getImageData(0, 0, 3, 2)),
  opacity: [...imageTensor(canvas, { channels: 4 }).data].slice(0, 8),
  png: [...(await readImage(file)).data].slice(0, 6),
  jpeg: [...(await readImage(jpeg)).data].slice(0, 3),
};
await fetch("/", { method: "POST", body: JSON.stringify(result) });
`;

test.skipIf(chromium === undefined)(
  "a page makes tensors of its canvases, and reads files that it saves",
  async () => {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: new URL(".", import.meta.url).pathname, loader: "js" },
      bundle: true,
      format: "esm",
      platform: "browser",
      conditions: ["gradus-source"],
      write: false,
    });
    const result = (await openPage(chromium!, { script: outputFiles[0].text, headers: {} })) as Readonly<
      Record<string, number[]>
    >;
    const gray = [76, 255, 255, 76, 255, 255];
    expect(result).toMatchObject({ canvas: gray, offscreen: gray, imageData: gray });
    expect(result.opacity).toEqual([255, 0, 0, 255, 0, 0, 0, 0]);
    expect(result.png).toEqual([255, 0, 0, 255, 255, 255]);
    for (const [channel, value] of [20, 120, 220].entries())
      expect(Math.abs(result.jpeg[channel] - value)).toBeLessThan(4);
  },
  60_000,
);
