import axe from "axe-core";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { inject } from "vitest";
import { type Served, serveFolder } from "../../playground/build/serve.ts";
import { findChromium } from "../threads/chromium.ts";

/** The path of the browser; undefined without a browser, with which .ci/run fails. */
export const program: string | undefined = findChromium();

export const isRequired: boolean = process.env.GRADUS_REQUIRE_BROWSER === "1";

if (program === undefined && !isRequired) {
  console.log("The playground is not tested: there is no Chromium or Chrome on the path, nor in $CHROMIUM.");
}

/**
 * The longest time for a page, in milliseconds: software renders it, and it trains, so a busy machine needs far more than the
 * second or two of a quiet one.
 */
export const longest = 120_000;

const switches = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser: Promise<Browser> | undefined;

/**
 * Chromium, without a window and without background requests. All files of a process share it, because it takes a second to
 * start; it ends with the process.
 */
export const sharedBrowser = (): Promise<Browser> => {
  browser ??= chromium.launch({ executablePath: program, headless: true, args: switches }).then((launched) => {
    launched.on("disconnected", () => {
      browser = undefined;
    });
    return launched;
  });
  return browser;
};

/** The violations of all rules of axe: impact, rule and element. */
export const violations = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<axe.AxeResults> } };
    return (await axe.run()).violations.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0].html.slice(0, 160)}`,
    );
  });
};

/** A playground page, and its messages and requests. */
export interface Playground {
  readonly page: Page;
  /** Errors and warnings of the console, and uncaught errors. */
  readonly complaints: string[];
  /** The addresses of all requests. */
  readonly requests: string[];
}

/** A browser, and a server of the built playground. */
export class Bench {
  readonly address: string;
  readonly #served: Served;
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];

  private constructor(served: Served, browser: Browser) {
    this.#served = served;
    this.#browser = browser;
    this.address = served.address;
  }

  static async start(): Promise<Bench> {
    const served = await serveFolder(inject("site"), 0);
    return new Bench(served, await sharedBrowser());
  }

  /**
   * Opens the page in a separate profile.
   * @param ready A selector that shows that the page is ready: by default, that the worker has described its network.
   * @param before Runs in the page before its own program.
   */
  async open(
    options: BrowserContextOptions = {},
    address: string = this.address,
    ready = "#parameters:has-text('parameters train')",
    before: () => void = () => undefined,
  ): Promise<Playground> {
    const context = await this.#browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
    this.#contexts.push(context);
    context.setDefaultTimeout(longest);
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    context.on("request", (request) => requests.push(request.url()));
    await page.addInitScript(before);
    await page.goto(address);
    await page.locator(ready).waitFor();
    return { page, complaints, requests };
  }

  async end(): Promise<void> {
    // A page that a failed test left open would slow down the next file.
    for (const context of this.#contexts) await context.close();
    this.#served.server.close();
    this.#served.server.closeAllConnections();
  }
}

/** A number that the page shows, without its unit. */
export const numberIn = async (page: Page, selector: string): Promise<number> =>
  Number.parseFloat(((await page.locator(selector).textContent()) ?? "").replaceAll(",", ""));

/** Types a number into a field, and leaves it. */
export const setNumber = async (page: Page, label: string, value: string): Promise<void> => {
  const field = page.getByRole("spinbutton", { name: label, exact: true });
  await field.fill(value);
  await field.press("Tab");
};

/** Trains this many epochs, without a limit of speed. */
export const trainFor = async (page: Page, epochs: number): Promise<void> => {
  await page.getByLabel("Speed").selectOption({ label: "no limit" });
  await setNumber(page, "Epochs", String(epochs));
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("button", { name: "Train more" }).waitFor();
};

/** Draws strokes with the mouse; points are fractions of the surface. */
export const draw = async (
  page: Page,
  strokes: readonly (readonly { readonly x: number; readonly y: number }[])[],
): Promise<void> => {
  const pad = page.locator("#pad");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (!box) throw new Error("the surface must be visible");
  const place = ({ x, y }: { readonly x: number; readonly y: number }): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height,
  ];
  for (const [first, ...rest] of strokes) {
    await page.mouse.move(...place(first));
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...place(point));
    await page.mouse.up();
  }
};

/** Paints in the grid with the keyboard; each text is a row of cells. Erases the grid first. */
export const paint = async (page: Page, rows: readonly string[]): Promise<void> => {
  await page.locator("#grid [tabindex='0']").focus();
  const press = async (key: string, times = 1): Promise<void> => {
    for (let time = 0; time < times; time++) await page.keyboard.press(key);
  };
  await press("Delete");
  await press("ArrowUp", 7);
  for (const row of rows) {
    await press("Home");
    // Stops at the last painted cell of the row, because each key takes milliseconds.
    for (const cell of row.slice(0, row.lastIndexOf("#") + 1)) {
      if (cell === "#") await press("Space");
      await press("ArrowRight");
    }
    await press("ArrowDown");
  }
};

/** The digit that the network reads in the last picture; empty without a picture. */
export const verdict = async (page: Page): Promise<string> => {
  // The page reads a drawing in the next frame.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const asked = await page.locator("#seen").getAttribute("data-look");
  await page.locator(`#verdict[data-look="${asked}"]`).waitFor();
  return (await page.locator("#verdict").textContent())?.match(/^It reads (\d)/)?.[1] ?? "";
};
