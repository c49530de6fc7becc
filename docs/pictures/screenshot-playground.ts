import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContextOptions, chromium } from "playwright-core";
import { buildPlayground } from "../../playground/build/build.ts";
import { serveFolder } from "../../playground/build/serve.ts";
import { draw, setNumber } from "../../test/playground/browser.ts";
import { handwriting } from "../../test/playground/handwriting.ts";
import { findChromium } from "../../test/threads/chromium.ts";
import { webp } from "./webp.ts";

// Takes the pictures of docs/guides/playground.md:
//   npx tsx --conditions=gradus-source docs/pictures/screenshot-playground.ts [folder] [--dark]

const images =
  process.argv.slice(2).find((argument) => !argument.startsWith("-")) ??
  fileURLToPath(new URL("../images", import.meta.url));

/** Whether to use the dark theme of the page. */
const isDark = process.argv.includes("--dark");

interface Shot {
  readonly name: string;
  readonly digit: number;
  readonly epochs: number;
  /** The network to start from, where it is not the first one of the page. */
  readonly preset?: string;
  /** The selector of what is taken; default: the screen. */
  readonly part?: string;
  readonly options: BrowserContextOptions;
}

const shots: readonly Shot[] = [
  { name: "playground", digit: 3, epochs: 34, options: { viewport: { width: 1400, height: 940 } } },
  {
    name: "playground-filters",
    digit: 3,
    epochs: 20,
    preset: "convolutional",
    part: "#maps-card",
    options: { viewport: { width: 1400, height: 940 } },
  },
  {
    name: "playground-phone",
    digit: 5,
    epochs: 20,
    options: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  },
];

const folder = await mkdtemp(join(tmpdir(), "gradus-screenshots-"));
const { address, server } = await serveFolder(await buildPlayground(join(folder, "site")), 0);
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
try {
  for (const { name, digit, epochs, preset, part, options } of shots) {
    const context = await browser.newContext({ ...options, colorScheme: isDark ? "dark" : "light" });
    const page = await context.newPage();
    await page.goto(address);
    await page.locator("#parameters:has-text('parameters train')").waitFor();
    if (preset !== undefined) await page.getByLabel("Start from").selectOption(preset);
    await setNumber(page, "Epochs", "400");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.evaluate(() => scrollTo(0, 0));
    await draw(page, handwriting[digit]);
    await page.waitForFunction((least) => Number(document.querySelector("#epoch")?.textContent) >= least, epochs);
    await page.mouse.move(0, 0);
    const path = join(images, `${name}.webp`);
    const picture = await webp(browser, await (part === undefined ? page : page.locator(part)).screenshot());
    await writeFile(path, picture);
    console.log(`${path}: ${Math.round(picture.length / 1024)} kB`);
    await context.close();
  }
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
}
