import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
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

/** Pages that tests have left, by their site and by the options that cannot change in an open page. */
const leftPages = new Map<string, Page[]>();
const keys = new WeakMap<Page, string>();

/**
 * Chromium, without a window and without background requests. All files of a process share it, because it takes a second to
 * start; it ends with the process.
 */
export const sharedBrowser = (): Promise<Browser> => {
  browser ??= chromium.launch({ executablePath: program, headless: true, args: switches }).then((launched) => {
    launched.on("disconnected", () => {
      browser = undefined;
      leftPages.clear();
    });
    return launched;
  });
  return browser;
};

/** What the browser gives a process of its own: a server, or all files. */
const siteOf = (address: string): string => new URL(address).origin;

/**
 * A page for an address, which it does not load yet. If a test has left a page of the same site and options, it is that page:
 * to open a page takes two seconds of computing, to load another address in it less than one, because its process runs.
 */
export const takePage = async (address: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const { viewport = { width: 1280, height: 720 }, colorScheme = "light", ...fixed } = options;
  const key = JSON.stringify([siteOf(address), fixed]);
  const leftPage = leftPages.get(key)?.pop();
  const page = leftPage ?? (await (await (await sharedBrowser()).newContext(fixed)).newPage());
  keys.set(page, key);
  if (viewport !== null) await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, media: null });
  return page;
};

/**
 * Leaves a page to the next test that needs one like it.
 * @param empty What it loads first, so that its program ends. For another site the browser would end its process.
 */
export const leavePage = async (page: Page, empty = "about:blank"): Promise<void> => {
  const key = keys.get(page);
  if (key === undefined) throw new Error("takePage must have opened the page");
  for (const event of ["console", "pageerror", "request"] as const) page.removeAllListeners(event);
  page.context().removeAllListeners("request");
  await page.goto(empty);
  leftPages.set(key, [...(leftPages.get(key) ?? []), page]);
};

/** The violations of all rules of axe: impact, rule and element. */
export const violations = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(options: axe.RunOptions): Promise<axe.AxeResults> } };
    // Every rule runs, but what passes is not described: only violations are read.
    return (await axe.run({ resultTypes: ["violations"] })).violations.map(
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

/** The server of the built playground; it ends with the process. */
let served: Promise<Served> | undefined;

/** A server of the built playground, which all files of a process share, and the pages that a file has open. */
export class Bench {
  readonly address: string;
  readonly #open = new Set<Page>();

  private constructor(address: string) {
    this.address = address;
  }

  static async start(): Promise<Bench> {
    served ??= serveFolder(inject("site"), 0);
    return new Bench((await served).address);
  }

  /**
   * Opens the page, in a profile that other tests may have used before. The playground keeps nothing there.
   * @param ready A selector that shows that the page is ready: by default, that the worker has described its network.
   * @param before Runs in the page before its own program. Such a page is for one test only.
   */
  async open(
    options: BrowserContextOptions = {},
    address: string = this.address,
    ready = "#parameters:has-text('parameters train')",
    before?: () => void,
  ): Promise<Playground> {
    const all = { viewport: { width: 1400, height: 900 }, ...options };
    const page = before
      ? await (await (await sharedBrowser()).newContext(all)).newPage()
      : await takePage(address, all);
    this.#open.add(page);
    page.setDefaultTimeout(longest);
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      // A left page shows icon.svg, for which Chromium requests favicon.ico; the message about its absence may come late.
      if (message.location().url.endsWith("/favicon.ico")) return;
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.context().on("request", (request) => requests.push(request.url()));
    if (before) await page.addInitScript(before);
    await page.goto(address);
    await page.locator(ready).waitFor();
    return { page, complaints, requests };
  }

  /** Ends what the page does, and leaves it to other tests if they can use it. */
  async leave(page: Page): Promise<void> {
    this.#open.delete(page);
    const site = siteOf(page.url());
    if (keys.has(page) && site === siteOf(this.address)) await leavePage(page, `${this.address}icon.svg`);
    else if (keys.has(page) && site === siteOf("file:///")) await leavePage(page);
    else await page.context().close();
  }

  async end(): Promise<void> {
    // A page that a failed test left open would slow down the next file.
    for (const page of this.#open) await page.context().close();
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

/** The keys with which `paint` paints: their codes as browsers number them. */
const keyCodes = { Delete: 46, Home: 36, ArrowUp: 38, ArrowDown: 40, ArrowRight: 39, " ": 32 };
type Key = keyof typeof keyCodes;

/**
 * Presses keys one after the other, as `page.keyboard.press` does, but sends all of them before it waits. The page then draws
 * now and then, and not after each key: that took 13 seconds of computing for ten digits.
 */
const pressAll = async (page: Page, keys: readonly Key[]): Promise<void> => {
  const session = await page.context().newCDPSession(page);
  const sent = keys.flatMap((key) => {
    const event = { key, code: key === " " ? "Space" : key, windowsVirtualKeyCode: keyCodes[key] };
    return [
      session.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...event }),
      session.send("Input.dispatchKeyEvent", { type: "keyUp", ...event }),
    ];
  });
  await Promise.all(sent);
  await session.detach();
};

/** Paints in the grid with the keyboard; each text is a row of cells. Erases the grid first. */
export const paint = async (page: Page, rows: readonly string[]): Promise<void> => {
  await page.locator("#grid [tabindex='0']").focus();
  const keys: Key[] = ["Delete", ...Array.from({ length: 7 }, () => "ArrowUp" as const)];
  for (const row of rows) {
    keys.push("Home");
    for (const cell of row.slice(0, row.lastIndexOf("#") + 1))
      keys.push(...(cell === "#" ? [" " as const] : []), "ArrowRight");
    keys.push("ArrowDown");
  }
  await pressAll(page, keys);
};

/** The digit that the network reads in the last picture; empty without a picture. */
export const verdict = async (page: Page): Promise<string> => {
  // The page reads a drawing in the next frame.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const asked = await page.locator("#seen").getAttribute("data-look");
  await page.locator(`#verdict[data-look="${asked}"]`).waitFor();
  return (await page.locator("#verdict").textContent())?.match(/^It reads (\d)/)?.[1] ?? "";
};
