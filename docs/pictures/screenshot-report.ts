import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  type ActivationFunction,
  type ActivationName,
  Conv2D,
  Dense,
  Flatten,
  fit,
  type Layer,
  loadDigits,
  MaxPooling2D,
  Momentum,
  Reshape,
  Sequential,
} from "gradus";
import { inspector, saveReport } from "gradus/report";
import { type BrowserContextOptions, chromium } from "playwright-core";
import { findChromium } from "../../test/threads/chromium.ts";
import { webp } from "./webp.ts";

// Takes the pictures of docs/guides/report.md:
//   npx tsx --conditions=gradus-source docs/pictures/screenshot-report.ts [folder]

const images = process.argv[2] ?? fileURLToPath(new URL("../images", import.meta.url));

const { train, validation } = await loadDigits();

/** Some hidden layers. */
const dense = (count: number, activation: ActivationName | ActivationFunction): readonly Layer[] =>
  Array.from({ length: count }, (_, index) => new Dense({ name: `hidden${index + 1}`, units: 60, activation }));

/** Two convolutions, with pooling behind the first. */
const convolutions = (): readonly Layer[] => [
  new Reshape({ shape: [8, 8, 1] }),
  new Conv2D({ name: "conv1", filters: 16, kernelSize: 3, padding: "same", activation: "relu" }),
  new MaxPooling2D({ poolSize: 2 }),
  new Conv2D({ name: "conv2", filters: 16, kernelSize: 3, padding: "same", activation: "relu" }),
  new Flatten(),
];

/** Trains a network on the built-in digits, and writes its report. */
const report = async (path: string, hidden: readonly Layer[]): Promise<void> => {
  const model = new Sequential({
    name: "digits",
    inputShape: [64],
    layers: [...hidden, new Dense({ name: "outputs", units: 10 })],
    seed: 3,
  });
  const optimizer = new Momentum({ learningRate: 0.02, momentum: 0.9 });
  const history = await fit(model, train, {
    optimizer,
    epochs: 30,
    batchSize: 50,
    validation,
    callbacks: [inspector()],
  });
  await saveReport(history, path);
};

interface Shot {
  readonly name: string;
  readonly report: string;
  /** The selector of the section where the screenshot begins; its height is in pixels. */
  readonly section: string;
  readonly height: number;
  readonly options: BrowserContextOptions;
}

const desktop: BrowserContextOptions = { viewport: { width: 1100, height: 900 } };
const shots: readonly Shot[] = [
  { name: "report", report: "relu.html", section: "header", height: 930, options: desktop },
  { name: "report-mistakes", report: "relu.html", section: "#classes", height: 720, options: desktop },
  { name: "report-filters", report: "convolutional.html", section: "#filters", height: 742, options: desktop },
  {
    name: "report-vanishing",
    report: "sigmoid.html",
    section: "#gradients",
    height: 500,
    options: { ...desktop, colorScheme: "dark" },
  },
];

const folder = await mkdtemp(join(tmpdir(), "gradus-screenshots-"));
await report(join(folder, "relu.html"), dense(2, "relu"));
await report(join(folder, "sigmoid.html"), dense(6, "sigmoid"));
await report(join(folder, "convolutional.html"), convolutions());
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
try {
  for (const { name, report: file, section, height, options } of shots) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(pathToFileURL(join(folder, file)).href);
    await page.locator(".plot canvas").first().waitFor();
    const box = await page.locator(section).first().boundingBox();
    const path = join(images, `${name}.webp`);
    const clip = { x: 0, y: Math.max(0, (box?.y ?? 0) - 16), width: 1100, height };
    const picture = await webp(browser, await page.screenshot({ clip, fullPage: true }));
    await writeFile(path, picture);
    console.log(`${path}: ${Math.round(picture.length / 1024)} kB`);
    await page.context().close();
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
